/**
 * What the HTTP API takes on at once: so many calls of a function, so many that wait for one of these to end, so many bytes of
 * bodies. Whatever comes beyond is refused before a function is called for it. On AWS every call has an environment of its own;
 * here all share a thread, and a flood would be kept in memory and be answered when nobody waits for it any more.
 */

export type AdmissionLimits = {
  /** Of one function. More would not end sooner, and would outlast the time that functions give their own calls. */
  calls: number;
  waiting: number;
  waitMs: number;
  bodyBytes: number;
};
export type Admission = {
  /** Takes up room for bytes that have arrived; false when there is none. Give back exactly what was taken. */
  holdBytes(bytes: number): boolean;
  releaseBytes(bytes: number): void;
  /** Runs a call of a function, at once or when it is its turn; undefined when too many wait or it has waited for too long. */
  run<T>(functionName: string, call: () => Promise<T>): Promise<T | undefined>;
};
type Turn = { start: () => void; timer: NodeJS.Timeout };
type Line = { running: number; waiting: Set<Turn> };

export function createAdmission(limits: AdmissionLimits): Admission {
  const lines = new Map<string, Line>();
  let held = 0;
  return {
    holdBytes(bytes) {
      if (held + bytes > limits.bodyBytes) return false;
      held += bytes;
      return true;
    },
    releaseBytes(bytes) {
      held -= bytes;
    },
    async run(functionName, call) {
      const line = lines.get(functionName) ?? { running: 0, waiting: new Set() };
      lines.set(functionName, line);
      // Whoever has waited takes over the place of the call that has ended.
      if (line.running < limits.calls) line.running++;
      else if (!(await waitForTurn(line, limits))) return undefined;
      try {
        return await call();
      } finally {
        handOn(line);
      }
    },
  };
}

function waitForTurn({ waiting }: Line, limits: AdmissionLimits): Promise<boolean> | false {
  if (waiting.size >= limits.waiting) return false;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      waiting.delete(turn);
      resolve(false);
    }, limits.waitMs);
    const turn: Turn = { start: () => resolve(true), timer };
    waiting.add(turn);
  });
}

function handOn(line: Line): void {
  const [next] = line.waiting;
  if (next === undefined) {
    line.running--;
    return;
  }
  line.waiting.delete(next);
  clearTimeout(next.timer);
  next.start();
}
