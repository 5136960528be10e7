/** What the owner is told of: events that do not arrive, or later than they should. */
export type Problem = { kind: "rejected" | "dropped" | "retry"; message: string; events: number };
export type Tell = (problem: Problem) => void;

/** Tells the owner, and is not disturbed by what that does. */
export function createTell(onProblem: Tell = warn): Tell {
  return (problem) => {
    try {
      onProblem(problem);
    } catch {
      // What the owner does with a problem is none of ours.
    }
  };
}

function warn({ kind, message, events }: Problem): void {
  console.warn(`Daymark: ${events} events ${kind}: ${message}`);
}
