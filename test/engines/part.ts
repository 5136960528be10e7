/** The interface of every part of the engines' suite: one engine that reads the lake as other people will. */
import type { Lake } from "./lake.ts";

export type Part = {
  name: string;
  /** Programs that must be on the path; if one is missing, the part is skipped with a line that says so. */
  needs: readonly string[];
  /** Runs the part; returns a line for each thing that did not hold. */
  run(context: Context): Promise<string[]>;
};

export type Context = {
  /** The lake that the pipeline of `npm start` wrote, with the pipeline still running; created once, on first use. */
  lake(): Promise<Lake>;
  /** Prints a line of progress or a figure. */
  say(line: string): void;
  seed: number;
  /** How many statements to generate. */
  statements: number;
};
