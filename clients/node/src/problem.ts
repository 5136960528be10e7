/** What the owner is told: events that do not arrive, or that arrive late. */
export type Problem = { kind: "rejected" | "dropped" | "retry"; message: string; events: number };
export type Tell = (problem: Problem) => void;

/** Tells the owner, and ignores errors of the owner's callback. */
export function createTell(onProblem: Tell = warn): Tell {
  return (problem) => {
    try {
      onProblem(problem);
    } catch {
      // Errors of the callback are the owner's concern.
    }
  };
}

function warn({ kind, message, events }: Problem): void {
  console.warn(`Daymark: ${events} events ${kind}: ${message}`);
}
