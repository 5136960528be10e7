/**
 * For a file with tests for both gears (vitest.config.ts): `test` runs in `npm test`, `slowTest` in `npm run
 * test:slow`. A file with only slow tests is called `*.slow.test.ts` instead, and needs neither.
 */
import { test as anyTest } from "vitest";

const isSlow = process.env.LAW_RUNS !== undefined;

export const test = anyTest.skipIf(isSlow);
export const slowTest = anyTest.runIf(isSlow);

/** A table in both gears: the examples of its kind run in `npm test`, further variants in `npm run test:slow`. */
export function testTable<Row extends unknown[]>(
  name: string,
  { examples, variants }: { examples: Row[]; variants: Row[] },
  run: (...row: Row) => Promise<void>,
): void {
  test.each(examples)(name, run);
  slowTest.each(variants)(name, run);
}
