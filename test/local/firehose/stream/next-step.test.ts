/**
 * What a delivery stream does next, over random histories of puts, time, failures and crashes, in a world without disk
 * and clock: whatever happens, each byte that was put is delivered once, batches follow each other in the log's order,
 * and the stream never waits without a reason.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Limits, nextStep, type Step, stepName } from "../../../../local/firehose/stream/next-step.ts";
import {
  addPut,
  begin,
  end,
  fail,
  firstProgress,
  isDeliveryFailing,
  noteSpooled,
} from "../../../../local/firehose/stream/progress.ts";
import {
  applyEntry,
  emptyState,
  type Part,
  partitionName,
  type State,
} from "../../../../local/firehose/stream/state.ts";

const limits: Limits = {
  bytes: 100,
  intervalMs: 1_000,
  lakeBytes: 90,
  lakeIntervalMs: 5_000,
  invocations: 2,
  maxSpoolBytes: 400,
};
const retryMs = 70;
/** The only stream of a run: its log is a list of sizes, and a batch's number determines its partitions. */
const partitions = ["a", "b", "c"];

class World {
  now = 10_000;
  state: State = emptyState;
  end = 0;
  progress = firstProgress(this.state, this.now);
  running: Step[] = [];
  /** All batches as they were cut, and all parts in the order in which they reached the lake. */
  cuts: { from: number; to: number; at: number }[] = [];
  delivered: Part[] = [];
  puts: { at: number; end: number }[] = [];
  spooledAt = new Map<string, number>();
  retryAt = new Map<string, number>();
  /** How long the parts of each object waited in the spool, and their total size. */
  objects: { waited: number[]; bytes: number }[] = [];
  private plans = 0;
  private readonly rules: Limits;

  constructor(rules: Limits = limits) {
    this.rules = rules;
  }

  private get situation() {
    return { state: this.state, end: this.end, progress: this.progress };
  }

  put(bytes: number): void {
    if (this.end === this.state.cut) addPut(this.progress, this.now);
    this.end += bytes;
    this.puts.push({ at: this.now, end: this.end });
    this.advance();
  }

  pass(ms: number): void {
    this.now += ms;
    this.advance();
  }

  flush(by: 1 | -1): void {
    this.progress.flushes = Math.max(0, this.progress.flushes + by);
    this.advance();
  }

  /** Only the journal and the log survive. */
  crash(): void {
    this.running = [];
    this.retryAt.clear();
    this.progress = firstProgress(this.state, this.now);
    this.advance();
  }

  /** A step may fail before its result is in the journal, or after. */
  finish(index: number, outcome: "done" | "failed" | "failed late" = "done"): void {
    const [step] = this.running.splice(index % Math.max(1, this.running.length), 1);
    if (step === undefined) return;
    if (outcome !== "failed") this.complete(step);
    if (outcome === "done") end(this.progress, step);
    else {
      this.retryAt.set(stepName(step), this.now + retryMs);
      fail(this.progress, step, this.now + retryMs);
    }
    this.advance();
  }

  /** Does whatever can be done, without failures, until everything is in the lake. */
  drain(): void {
    this.advance();
    for (let turns = 0; !this.isEmpty(); turns++) {
      expect(turns, "the stream stands still").toBeLessThan(10_000);
      if (this.running.length > 0) this.finish(0);
      else this.pass(this.waitsUntil() - this.now);
    }
  }

  /** Does what can be done now. */
  settle(): void {
    while (this.running.length > 0) this.finish(0);
  }

  isEmpty(): boolean {
    const { cut, batches, parts, plans } = this.state;
    return cut === this.end && batches.length + parts.length + plans.length === 0;
  }

  waitsUntil(): number {
    const step = nextStep(this.situation, this.now, this.rules);
    if (step.type !== "wait") throw new Error(`It has not begun to ${step.type}`);
    expect(step.until).toBeLessThan(Number.POSITIVE_INFINITY);
    return step.until;
  }

  private advance(): void {
    for (;;) {
      const step = nextStep(this.situation, this.now, this.rules);
      if (step.type === "wait") {
        this.expectTrueWait(step.until);
        return;
      }
      this.expectAllowed(step);
      begin(this.progress, step, this.now, this.state);
      this.running.push(step);
    }
  }

  /** Checks that there is something to do at the named time, but not a moment before. */
  private expectTrueWait(until: number): void {
    expect(until).toBeGreaterThan(this.now);
    if (until === Number.POSITIVE_INFINITY) return;
    expect(nextStep(this.situation, until, this.rules).type).not.toBe("wait");
    if (until - 1 > this.now) expect(nextStep(this.situation, until - 1, this.rules)).toEqual({ type: "wait", until });
  }

  private expectAllowed(step: Step): void {
    const ofType = (type: Step["type"]) => this.running.filter((one) => one.type === type);
    expect(this.now).toBeGreaterThanOrEqual(this.retryAt.get(stepName(step)) ?? 0);
    if (step.type === "cut") {
      expect(ofType("cut")).toEqual([]);
      expect(this.end).toBeGreaterThan(this.state.cut);
      expect(ofType("transform").length).toBeLessThan(this.rules.invocations);
      expect(this.state.batches.every(({ id }) => id >= this.progress.firstBatch)).toBe(true);
    }
    if (step.type === "transform") {
      expect(this.state.batches).toContainEqual(step.batch);
      expect(ofType("transform")).not.toContainEqual(step);
      expect(ofType("transform").length).toBeLessThan(this.rules.invocations);
    }
    if (step.type === "plan" || step.type === "deliver")
      expect([...ofType("plan"), ...ofType("deliver")], "one object at a time").toEqual([]);
    if (step.type === "plan") {
      const [first] = step.parts;
      const sameBuffer = this.state.parts.filter((part) => part.keys.dt === first?.keys.dt);
      expect(step.parts, "the oldest of the partition, in order").toEqual(sameBuffer.slice(0, step.parts.length));
      expect(step.parts).not.toEqual([]);
      if (step.parts.length > 1) expect(sumOf(step.parts)).toBeLessThanOrEqual(this.rules.lakeBytes);
    }
    if (step.type === "deliver") expect(this.state.plans).toContainEqual(step.plan);
  }

  private complete(step: Step): void {
    if (step.type === "cut") {
      const { nextBatch: id, cut: from } = this.state;
      const to = Math.min(this.end, from + this.rules.bytes);
      this.cuts.push({ from, to, at: this.now });
      this.state = applyEntry(this.state, { type: "cut", batch: { id, from, to } });
    } else if (step.type === "transform") {
      const parts = partsOf(step.batch);
      noteSpooled(this.progress, parts, this.now);
      for (const { file } of parts) this.spooledAt.set(file, this.now);
      this.state = applyEntry(this.state, { type: "transformed", batch: step.batch.id, parts });
    } else if (step.type === "plan") {
      const plan = { id: `p${this.plans++}`, bucket: "b", key: "k", errorKey: "e", parts: [...step.parts] };
      this.state = applyEntry(this.state, { type: "planned", plan });
    } else {
      this.delivered.push(...step.plan.parts);
      const waited = step.plan.parts.map(({ file }) => this.now - (this.spooledAt.get(file) ?? 0));
      this.objects.push({ waited, bytes: sumOf(step.plan.parts) });
      this.state = applyEntry(this.state, { type: "delivered", plan: step.plan.id });
    }
  }
}

/** A batch goes to one, two or three partitions, depending on its number. */
function partsOf({ id, from, to }: { id: number; from: number; to: number }): Part[] {
  const of = partitions.slice(0, 1 + (id % partitions.length));
  return of.map((dt, index) => {
    const bytes = Math.floor((to - from) / of.length) + (index === 0 ? (to - from) % of.length : 0);
    return { batch: id, file: `${id}-${index}`, keys: { dt }, bytes, oldest: from };
  });
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Each byte of the log is in one batch, and each batch's parts are in the lake, once. */
function expectAllOnce(world: World): void {
  expect(world.cuts.map(({ from }) => from)).toEqual(
    [0, ...world.cuts.map(({ to }) => to)].slice(0, world.cuts.length),
  );
  expect(world.cuts.at(-1)?.to ?? 0).toBe(world.end);
  const expected = world.cuts.flatMap(({ from, to }, id) => partsOf({ id, from, to }));
  const byFile = (a: Part, b: Part) => a.file.localeCompare(b.file);
  expect(world.delivered.toSorted(byFile)).toEqual(expected.toSorted(byFile));
}

type Action = (world: World) => void;
const put = fc.integer({ min: 1, max: 250 }).map(
  (bytes): Action =>
    (world) =>
      world.put(bytes),
);
const pass = fc.integer({ min: 1, max: 6_000 }).map(
  (ms): Action =>
    (world) =>
      world.pass(ms),
);
const finish = fc.nat(5).map(
  (index): Action =>
    (world) =>
      world.finish(index),
);
const failure = fc.tuple(fc.nat(5), fc.constantFrom("failed" as const, "failed late" as const)).map(
  ([index, outcome]): Action =>
    (world) =>
      world.finish(index, outcome),
);
const crash = fc.constant<Action>((world) => world.crash());
const flush = fc.constantFrom<1 | -1>(1, -1).map(
  (by): Action =>
    (world) =>
      world.flush(by),
);

describe("a delivery stream", () => {
  test("delivers each byte once, and cuts in order, whatever fails and however often it ends in the middle", () => {
    const action = fc.oneof(put, put, pass, finish, finish, finish, failure, crash, flush);
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const world = new World();
        for (const act of actions) act(world);
        world.drain();
        expectAllOnce(world);
      }),
      { numRuns: 500 },
    );
  });

  test("with one invocation brings the parts of a partition into the lake in the order of the log", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(put, pass, finish, finish, flush), { maxLength: 60 }), (actions) => {
        const world = new World({ ...limits, invocations: 1 });
        for (const act of actions) act(world);
        world.drain();
        for (const parts of Map.groupBy(world.delivered, ({ keys }) => partitionName(keys)).values())
          expect(parts.map(({ batch }) => batch)).toEqual(parts.map(({ batch }) => batch).sort((a, b) => a - b));
      }),
    );
  });

  test("where steps take no time, lets a record wait for its intervals at most, and cuts none early that fills no buffer", () => {
    const rules = { ...limits, lakeBytes: 300, maxSpoolBytes: Number.POSITIVE_INFINITY };
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(1_500)), { maxLength: 30 }), (steps) => {
        const world = new World(rules);
        /** Stops at each time that the stream asks for, as its timer does. */
        const passTo = (time: number) => {
          while (!world.isEmpty() && world.waitsUntil() <= time) {
            world.pass(world.waitsUntil() - world.now);
            world.settle();
          }
          world.pass(time - world.now);
          world.settle();
        };
        for (const [bytes, ms] of steps) {
          world.put(bytes);
          world.settle();
          passTo(world.now + ms);
        }
        passTo(world.now + limits.intervalMs + limits.lakeIntervalMs);
        expectAllOnce(world);
        for (const { waited, bytes } of world.objects) {
          expect(Math.max(...waited)).toBeLessThanOrEqual(limits.lakeIntervalMs);
          // What filled the buffer may be one part more than fits into the object.
          if (bytes + rules.bytes < rules.lakeBytes) expect(Math.max(...waited)).toBe(limits.lakeIntervalMs);
        }
        for (const { at, end: last } of world.puts) {
          const cut = world.cuts.find(({ to }) => to >= last);
          expect((cut?.at ?? Number.NaN) - at).toBeLessThanOrEqual(limits.intervalMs);
        }
        for (const [index, { from, to, at }] of world.cuts.entries()) {
          const first = world.puts.find(({ end: last }) => last > from);
          const previous = world.cuts[index - 1]?.at ?? 10_000;
          const opened = Math.max(previous, to - from === limits.bytes ? Number.NEGATIVE_INFINITY : (first?.at ?? 0));
          if (to - from < limits.bytes) expect(at - opened).toBeGreaterThanOrEqual(limits.intervalMs);
        }
      }),
    );
  });

  test("brings everything into the lake without waiting when it is flushed", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(put, pass, finish), { maxLength: 40 }), (actions) => {
        const world = new World({ ...limits, maxSpoolBytes: Number.POSITIVE_INFINITY });
        for (const act of actions) act(world);
        world.flush(1);
        world.settle();
        expect(world.isEmpty()).toBe(true);
      }),
    );
  });

  test("gives an earlier process's batches to the function first, no more at once than may be", () => {
    const state = [0, 1, 2].reduce<State>((before, id) => {
      return applyEntry(before, { type: "cut", batch: { id, from: id * 10, to: id * 10 + 10 } });
    }, emptyState);
    const progress = firstProgress(state, 0);
    const begun: Step[] = [];
    for (
      let step = nextStep({ state, end: 1_000, progress }, 5_000, limits);
      step.type !== "wait" && begun.length < 9;
    ) {
      begun.push(step);
      begin(progress, step, 5_000, state);
      step = nextStep({ state, end: 1_000, progress }, 5_000, limits);
    }
    expect(begun).toEqual(state.batches.slice(0, 2).map((batch) => ({ type: "transform", batch })));
  });

  test("cuts nothing while as much waits for delivery as may", () => {
    const parts = [{ batch: 0, file: "0-0", keys: { dt: "a" }, bytes: 400, oldest: 0 }];
    const state: State = { ...emptyState, nextBatch: 1, parts };
    const progress = firstProgress(state, 0);
    progress.isDelivering = true;
    expect(nextStep({ state, end: 1_000, progress }, 5_000, limits).type).toBe("wait");
    expect(nextStep({ state, end: 1_000, progress }, 5_000, { ...limits, maxSpoolBytes: 401 }).type).toBe("cut");
  });
});

test("delivery is failing from a try that failed until the same one has worked", () => {
  const plan = { id: "p", bucket: "b", key: "k", errorKey: "e", parts: [] };
  const state: State = { ...emptyState, plans: [plan] };
  const progress = firstProgress(state, 0);
  for (const step of [{ type: "plan", parts: [] } as const, { type: "deliver", plan } as const]) {
    expect(isDeliveryFailing(state, progress)).toBe(false);
    begin(progress, step, 0, state);
    fail(progress, step, 10);
    expect(isDeliveryFailing(state, progress)).toBe(true);
    begin(progress, step, 20, state);
    expect(isDeliveryFailing(state, progress)).toBe(true);
    end(progress, step);
  }
  expect(isDeliveryFailing(state, progress)).toBe(false);
});
