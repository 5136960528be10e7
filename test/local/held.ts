/**
 * Something is held at a point of faults until the test has done what has to happen meanwhile; no clock decides.
 *
 *     faults.set([hold("athena.run")]);
 *     const running = ask();
 *     await arrived(faults, "athena.run");
 *     …
 *     faults.set([]);                        // and it goes on
 */
import { expect } from "vitest";
import type { FaultRule, Faults } from "../../local/faults.ts";

/** Delays the first call that passes the point. */
export const hold = (point: string) => ({ point, action: "delay", delayMs: 3_600_000, times: 1 }) satisfies FaultRule;

/** Waits until a call is held at the point, or was hit by another rule there. */
export const arrived = (faults: Faults, point: string) =>
  expect.poll(() => faults.report()[point]?.applied ?? 0).toBeGreaterThan(0);
