/**
 * For a file with tests for both gears (vitest.config.ts): `test` runs in `npm test`, `slowTest` in `npm run
 * test:slow`. A file with only slow tests is called `*.slow.test.ts` instead, and needs neither.
 */
import { test as anyTest } from "vitest";

const isSlow = process.env.LAW_RUNS !== undefined;

export const test = anyTest.skipIf(isSlow);
export const slowTest = anyTest.runIf(isSlow);
