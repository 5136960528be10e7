/**
 * What a delivery stream does next, decided by what it keeps, what is under way and what time it is, and by nothing else: no disk and
 * no clock. Whoever asks begins the step that it is told, and asks again until it is told to wait.
 */
import { type Batch, type Part, type Plan, partitionName, type State } from "./state.ts";

export type Limits = {
  /** What a batch holds, and how long its first record waits for others. */
  bytes: number;
  intervalMs: number;
  /** The same for an object of the lake. */
  lakeBytes: number;
  lakeIntervalMs: number;
  /** Batches that are with the function at once. */
  invocations: number;
  /** Bytes that wait for delivery, beyond which nothing more is cut. */
  maxSpoolBytes: number;
};

/** What is under way, and since when, in ms of the clock that `now` is read from. It ends with the process. */
export type Progress = {
  /** Batches below this one were cut by an earlier process: nothing new goes to the function before they are done. */
  readonly firstBatch: number;
  /** The batch that is being cut, and when that began. */
  cutting: { id: number; since: number } | undefined;
  readonly transforming: Set<number>;
  isDelivering: boolean;
  /** How many wait for everything to be in the lake, so that no buffer waits any longer. */
  flushes: number;
  bufferOpenedAt: number;
  /** By the file of a part. */
  readonly spooledAt: Map<string, number>;
  /** What has failed, by `stepName`, and when it may be tried again. */
  readonly retryAt: Map<string, number>;
};

/** `end` is where the log of records ends. */
export type Situation = { state: State; end: number; progress: Progress };

export type Step =
  | { type: "cut" }
  | { type: "transform"; batch: Batch }
  /** Gives the object of these parts its name. */
  | { type: "plan"; parts: readonly Part[] }
  | { type: "deliver"; plan: Plan };
/** `until` is infinite when there is nothing to do before something is put or done. */
export type Wait = { type: "wait"; until: number };

/** The first step that may begin now, or how long there is none. */
export function nextStep(situation: Situation, now: number, limits: Limits): Step | Wait {
  let until = Number.POSITIVE_INFINITY;
  for (const { at, step } of possibleSteps(situation, limits)) {
    if (at <= now) return step;
    until = Math.min(until, at);
  }
  return { type: "wait", until };
}

/** What tells a step that has failed from others. */
export function stepName(step: Step): string {
  if (step.type === "transform") return `transform ${step.batch.id}`;
  if (step.type === "deliver") return `deliver ${step.plan.id}`;
  return step.type;
}

/** Whether a batch may be cut when its buffer is full or has waited long enough. */
export function canCut({ state, end, progress }: Situation, { invocations, maxSpoolBytes }: Limits): boolean {
  const { cutting, transforming, firstBatch } = progress;
  if (cutting || end === state.cut || state.batches.some(({ id }) => id < firstBatch)) return false;
  return transforming.size < invocations && spooledBytes(state) < maxSpoolBytes;
}

/** When a part has waited long enough. One that an earlier process left is as old as the clock. */
export function dueAt({ file }: Part, { flushes, spooledAt }: Progress, { lakeIntervalMs }: Limits): number {
  return flushes > 0 ? always : (spooledAt.get(file) ?? 0) + lakeIntervalMs;
}

export function sumBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Bytes that are transformed and not yet in the lake. */
export function spooledBytes({ parts, plans }: State): number {
  return sumBytes(parts) + plans.reduce((sum, plan) => sum + sumBytes(plan.parts), 0);
}

type Possible = { at: number; step: Step };
const always = Number.NEGATIVE_INFINITY;

/** In the order in which they are begun when several are due. */
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

/** Objects are made one at a time: those that have their name, then those of parts that are due. */
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

/** The first parts, as many as an object may hold; one that is larger alone. */
function upTo(maxBytes: number, parts: readonly Part[]): Part[] {
  let bytes = 0;
  return parts.filter((part, index) => {
    bytes += part.bytes;
    return index === 0 || bytes <= maxBytes;
  });
}
