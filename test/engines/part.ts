/** What every part of the engines' suite gets and gives: one engine that reads the lake as other people will. */
import type { Lake } from "./lake.ts";

export type Part = {
  name: string;
  /** Programs that it needs on the path; without one of them it is skipped, in one line that says so. */
  needs: readonly string[];
  /** Runs it; returns what did not hold, in a line each. */
  run(context: Context): Promise<string[]>;
};

export type Context = {
  /** The lake that the pipeline of `npm start` wrote, with the pipeline still running; made once, when first asked for. */
  lake(): Promise<Lake>;
  /** Prints a line of progress or a figure. */
  say(line: string): void;
  seed: number;
  /** How many statements to draw. */
  statements: number;
};
