/** How the pure code reports what happens: `src/log.ts` writes it in a function; a test collects it. */
type Fields = Record<string, unknown>;
type Line = (message: string, fields?: Fields) => void;

export type Log = { debug: Line; info: Line; warn: Line; error: Line };

export type Reporter = {
  log: Log;
  /** Something that an alarm waits for. */
  metric(name: string, fields?: Fields): void;
  /** Figures about ordinary work, each with its unit. */
  measure(figures: Record<string, [value: number, unit: "Count" | "Milliseconds"]>): void;
};
