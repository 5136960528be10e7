/**
 * For a file with tests for both gears (vitest.config.ts): `test` runs in `npm test`, `slowTest` in `npm run
 * test:slow`. A file with only slow tests is called `*.slow.test.ts` instead, and needs neither.
 */
import { test as anyTest } from "vitest";

const isSlow = process.env.LAW_RUNS !== undefined;

export const test = anyTest.skipIf(isSlow);
export const slowTest = anyTest.runIf(isSlow);

/** The examples of a kind run in `npm test`, further variants in `npm run test:slow`. */
export type Table<Row extends unknown[]> = { examples: Row[]; variants: Row[] };

/** A table in both gears. */
export function testTable<Row extends unknown[]>(
  name: string,
  { examples, variants }: Table<Row>,
  run: (...row: Row) => Promise<void>,
): void {
  test.each(examples)(name, run);
  slowTest.each(variants)(name, run);
}
