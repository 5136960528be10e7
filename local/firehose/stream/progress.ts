/** How the progress of a delivery stream changes: a step starts, ends or fails, and records arrive in between. */
import { type Progress, type Step, stepName } from "./next-step.ts";
import type { Part, State } from "./state.ts";

/** When a stream is opened, nothing is under way. */
export function firstProgress({ nextBatch }: State, now: number): Progress {
  return {
    firstBatch: nextBatch,
    cutting: undefined,
    transforming: new Set(),
    isDelivering: false,
    flushes: 0,
    bufferOpenedAt: now,
    spooledAt: new Map(),
    retryAt: new Map(),
  };
}

/** Notes that records have arrived in an empty buffer. */
export function addPut(progress: Progress, now: number): void {
  progress.bufferOpenedAt = Math.max(progress.bufferOpenedAt, now);
}

/** Notes that these parts wait for delivery from now on. */
export function noteSpooled(progress: Progress, parts: readonly Part[], now: number): void {
  for (const { file } of parts) progress.spooledAt.set(file, now);
}

export function begin(progress: Progress, step: Step, now: number, { nextBatch }: State): void {
  if (step.type === "cut") progress.cutting = { id: nextBatch, since: now };
  else if (step.type === "transform") progress.transforming.add(step.batch.id);
  else progress.isDelivering = true;
}

export function end(progress: Progress, step: Step): void {
  // What has arrived since the cut began is in the next buffer.
  if (step.type === "cut") progress.bufferOpenedAt = progress.cutting?.since ?? progress.bufferOpenedAt;
  if (step.type === "deliver") for (const { file } of step.plan.parts) progress.spooledAt.delete(file);
  progress.retryAt.delete(stepName(step));
  leave(progress, step);
}

/** The step is tried again at `retryAt`; other steps do not wait for it. */
export function fail(progress: Progress, step: Step, retryAt: number): void {
  progress.retryAt.set(stepName(step), retryAt);
  leave(progress, step);
}

/** Whether there is something whose last delivery attempt failed. */
export function isDeliveryFailing({ plans }: State, { retryAt }: Progress): boolean {
  return retryAt.has("plan") || plans.some((plan) => retryAt.has(stepName({ type: "deliver", plan })));
}

function leave(progress: Progress, step: Step): void {
  if (step.type === "cut") progress.cutting = undefined;
  else if (step.type === "transform") progress.transforming.delete(step.batch.id);
  else progress.isDelivering = false;
}
