/** How the rooms say what happens: `src/log.ts` writes it where a function runs, a test listens. */
type Fields = Record<string, unknown>;
type Line = (message: string, fields?: Fields) => void;

export type Log = { debug: Line; info: Line; warn: Line; error: Line };

export type Reporter = {
  log: Log;
  /** Something that an alarm waits for, once. */
  metric(name: string, fields?: Fields): void;
  /** Figures of ordinary work, each with its unit. */
  measure(figures: Record<string, [value: number, unit: "Count" | "Milliseconds"]>): void;
};
