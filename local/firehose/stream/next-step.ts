/**
 * What a delivery stream does next. This depends only on its state, on what is under way and on the time; there is no
 * disk and no clock here. The caller starts the step that it gets, and asks again until it is told to wait.
 */
import { type Batch, type Part, type Plan, partitionName, type State } from "./state.ts";

export type Limits = {
  /** The size of a batch, and how long its first record waits for others. */
  bytes: number;
  intervalMs: number;
  /** The same for an object of the lake. */
  lakeBytes: number;
  lakeIntervalMs: number;
  /** How many batches the function processes at once. */
  invocations: number;
  /** How many bytes may wait for delivery before nothing more is cut. */
  maxSpoolBytes: number;
};

/** What is under way, and since when, in ms of the same clock as `now`. It ends with the process. */
export type Progress = {
  /** Batches with lower ids were cut by an earlier process: nothing new goes to the function before they are done. */
  readonly firstBatch: number;
  /** The batch that is being cut, and since when. */
  cutting: { id: number; since: number } | undefined;
  readonly transforming: Set<number>;
  isDelivering: boolean;
  /** How many flushes wait for everything to be in the lake; meanwhile no buffer waits any longer. */
  flushes: number;
  bufferOpenedAt: number;
  /** By the part's file. */
  readonly spooledAt: Map<string, number>;
  /** When a failed step may be tried again, by `stepName`. */
  readonly retryAt: Map<string, number>;
};

/** `end` is the end of the log of records. */
export type Situation = { state: State; end: number; progress: Progress };

export type Step =
  | { type: "cut" }
  | { type: "transform"; batch: Batch }
  /** Names the object for these parts. */
  | { type: "plan"; parts: readonly Part[] }
  | { type: "deliver"; plan: Plan };
/** `until` is infinite if there is nothing to do before something is put or finished. */
export type Wait = { type: "wait"; until: number };

/** The first step that may start now, or how long to wait. */
export function nextStep(situation: Situation, now: number, limits: Limits): Step | Wait {
  let until = Number.POSITIVE_INFINITY;
  for (const { at, step } of possibleSteps(situation, limits)) {
    if (at <= now) return step;
    until = Math.min(until, at);
  }
  return { type: "wait", until };
}

/** A name that identifies a step that has failed. */
export function stepName(step: Step): string {
  if (step.type === "transform") return `transform ${step.batch.id}`;
  if (step.type === "deliver") return `deliver ${step.plan.id}`;
  return step.type;
}

/** Whether a batch may be cut once its buffer is full or has waited long enough. */
export function canCut({ state, end, progress }: Situation, { invocations, maxSpoolBytes }: Limits): boolean {
  const { cutting, transforming, firstBatch } = progress;
  if (cutting || end === state.cut || state.batches.some(({ id }) => id < firstBatch)) return false;
  return transforming.size < invocations && spooledBytes(state) < maxSpoolBytes;
}

/** When a part has waited long enough. A part left by an earlier process is as old as the clock. */
export function dueAt({ file }: Part, { flushes, spooledAt }: Progress, { lakeIntervalMs }: Limits): number {
  return flushes > 0 ? always : (spooledAt.get(file) ?? 0) + lakeIntervalMs;
}

export function sumBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes that are transformed but not yet in the lake. */
export function spooledBytes({ parts, plans }: State): number {
  return sumBytes(parts) + plans.reduce((sum, plan) => sum + sumBytes(plan.parts), 0);
}

type Possible = { at: number; step: Step };
const always = Number.NEGATIVE_INFINITY;

/** In the order in which they are started if several are due. */
function* possibleSteps(situation: Situation, limits: Limits): Generator<Possible> {
  yield* transformations(situation, limits);
  yield* cuts(situation, limits);
  yield* deliveries(situation, limits);
}

function* transformations({ state, progress }: Situation, { invocations }: Limits): Generator<Possible> {
  const { transforming, cutting } = progress;
  if (transforming.size >= invocations) return;
  for (const batch of state.batches)
    if (!transforming.has(batch.id) && batch.id !== cutting?.id)
      yield retriable({ type: "transform", batch }, always, progress);
}

function* cuts(situation: Situation, limits: Limits): Generator<Possible> {
  if (!canCut(situation, limits)) return;
  const { state, end, progress } = situation;
  const isFull = progress.flushes > 0 || end - state.cut >= limits.bytes;
  yield retriable({ type: "cut" }, isFull ? always : progress.bufferOpenedAt + limits.intervalMs, progress);
}

/** Objects are made one at a time: first those that have a name, then those of parts that are due. */
function* deliveries({ state, progress }: Situation, limits: Limits): Generator<Possible> {
  if (progress.isDelivering) return;
  for (const plan of state.plans) yield retriable({ type: "deliver", plan }, always, progress);
  for (const group of Map.groupBy(state.parts, ({ keys }) => partitionName(keys)).values()) {
    const isFull = sumBytes(group) >= limits.lakeBytes;
    const at = isFull ? always : Math.min(...group.map((part) => dueAt(part, progress, limits)));
    yield retriable({ type: "plan", parts: upTo(limits.lakeBytes, group) }, at, progress);
  }
}

function retriable(step: Step, at: number, { retryAt }: Progress): Possible {
  return { at: Math.max(at, retryAt.get(stepName(step)) ?? always), step };
}

/** The first parts, as many as fit into an object; a larger part is an object of its own. */
function upTo(maxBytes: number, parts: readonly Part[]): Part[] {
  let bytes = 0;
  return parts.filter((part, index) => {
    bytes += part.bytes;
    return index === 0 || bytes <= maxBytes;
  });
}
