/**
 * For a file whose tests belong to both gears (vitest.config.ts): `test` runs in `npm test`, `slowTest` in `npm run test:slow`. A
 * file of slow tests alone is called `*.slow.test.ts` instead, and needs neither.
 */
import { test as anyTest } from "vitest";

const isSlow = process.env.LAW_RUNS !== undefined;

export const test = anyTest.skipIf(isSlow);
export const slowTest = anyTest.runIf(isSlow);
