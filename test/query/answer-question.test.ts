/** The readers are passed as functions: what they are asked, in which order, and how their answers are used. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HistoryQuestion, HistoryRow } from "../../src/athena-queries/metric-history.ts";
import { catalog, derivedMetrics } from "../../src/metrics/catalog.ts";
import type { Tally } from "../../src/metrics/merge.ts";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
import { answerQuestion } from "../../src/query/answer-question.ts";
import { readQuestion } from "../../src/query/question.ts";
import type { Readers } from "../../src/query/read-layers.ts";
import { noBlocks } from "../../src/table/blocks/frontier.ts";
import type { RollupState } from "../../src/table/days/day-state.ts";
import { ledgerDay } from "../fixtures/ledger-day.ts";
import { rollupState } from "../fixtures/rollup-state.ts";

const today = "2026-03-10";
const clock = { now: Date.parse("2026-03-10T03:00:00Z"), today, timezone: "Asia/Seoul" };
const ask = (metric: string, query: string) => readQuestion({ metric, query }, catalog, today);
const row = (dt: string | null, key: string | null, value: string | null): HistoryRow => ({
  dt,
  key,
  value,
  sketch: null,
  found: null,
});
const tally = (counts: Record<string, bigint>): Tally => new Map(Object.entries(counts));

const stateWith = (changes: Partial<RollupState> = {}) =>
  rollupState({ watermark: "2026-03-08", rollupVersion: 7, ...changes });

const nothingSealed = async () => new Set<string>();
type Sources = { [K in keyof Readers]?: Readers[K] };

/** Readers that return what a test says, and record what they were asked. */
function readers(sources: Sources = {}) {
  type Days = readonly string[];
  const asked: { present: Days[]; ledger: Days[]; joints: Days[]; history: HistoryQuestion[] } = {
    present: [],
    ledger: [],
    joints: [],
    history: [],
  };
  const versions: number[] = [];
  const read: Readers = {
    state: sources.state ?? (async () => stateWith()),
    ledgerDays: async (days) => {
      asked.ledger.push(days);
      return sources.ledgerDays?.(days) ?? new Map(days.map((day) => [day, ledgerDay({ day })]));
    },
    joints: async (days) => {
      asked.joints.push(days);
      return sources.joints?.(days) ?? new Map(days.map((day) => [day, 0]));
    },
    present: async (days, question, partial) => {
      asked.present.push(days.map(({ day }) => day));
      return sources.present?.(days, question, partial) ?? new Map();
    },
    forget: sources.forget ?? (async () => {}),
    sealedDays: sources.sealedDays ?? nothingSealed,
    placedDays: sources.placedDays ?? nothingSealed,
    history: async (question, version) => {
      asked.history.push(question);
      versions.push(version);
      return sources.history === undefined ? [] : sources.history(question, version);
    },
  };
  return { read, asked, versions };
}

test("an answer is what was sealed and what came since", async () => {
  const { read, asked, versions } = readers({
    present: async () => new Map([[today, tally({ a: 4n })]]),
    history: async () => [row(null, null, "5"), row(null, "a", "3"), row(null, "b", "2"), row("2026-03-07", null, "5")],
  });
  expect(await answerQuestion(ask("clicks", "from=2026-03-07&by=target&interval=day"), read, clock)).toEqual({
    metric: "clicks",
    from: "2026-03-07",
    to: today,
    timezone: "Asia/Seoul",
    sealed_through: "2026-03-08",
    total: 9,
    history: 5,
    realtime: 4,
    series: [
      { day: "2026-03-07", value: 5 },
      { day: "2026-03-08", value: 0 },
      { day: "2026-03-09", value: 0 },
      { day: today, value: 4 },
    ],
    groups: [
      { key: "a", value: 7 },
      { key: "b", value: 2 },
    ],
    groups_total: 2,
  });
  expect(asked.present).toEqual([["2026-03-09", today]]);
  expect(versions).toEqual([7]);
});

describe("an answer says when data begins", () => {
  const log = async () => new Set(["2015-05-19", "2015-05-17", "2015-05-18"]);
  const asked = async (metric: string, query: string, sources: Sources) => {
    const question = readQuestion({ metric, query }, [...catalog, ...derivedMetrics], today);
    const answer = await answerQuestion(question, readers(sources).read, clock);
    return [answer?.data_from, answer?.data_to];
  };
  const days = ["2015-05-17", "2015-05-18", "2015-05-19"];
  const history = async () => days.map((day) => ({ ...row(null, null, null), found: day }));
  const state = async () => stateWith({ watermark: "2015-05-19", open: new Map([["2015-05-20", 1]]) });
  const clicked = async () => new Map([["2015-05-20", tally({ "": 4n })]]);

  test.each([
    ["requests", "from=2020-01-01"],
    ["clicks", "from=2020-01-01&by=path"],
    ["bounce_rate", "from=2020-01-01"],
    ["revenue", "from=2020-01-01&by=currency"],
  ])("when %s?%s is 0", async (metric, query) => {
    expect(await asked(metric, query, { sealedDays: log, state })).toEqual(["2015-05-17", "2015-05-20"]);
  });

  test("when the question begins earlier, and not otherwise, nor when there is none", async () => {
    const sources = { sealedDays: log, placedDays: log, state, present: clicked, history };
    const before = await asked("clicks", "from=2015-05-16&to=2015-05-20", sources);
    expect(before).toEqual(["2015-05-17", "2015-05-20"]);
    expect(await asked("clicks", "from=2015-05-20&to=2015-05-20", sources)).toEqual([undefined, undefined]);
    expect(await asked("clicks", "from=2026-03-09", {})).toEqual([undefined, undefined]);
  });
});

test("the rollups are asked only for sealed days, and told which months are complete", async () => {
  const months = new Map([["2026-02", "run-1"]]);
  const open = new Map([["2026-03-03", 2]]);
  const { read, asked } = readers({ state: async () => stateWith({ months, open }) });
  await answerQuestion(ask("clicks", "from=2026-02-01&target=a"), read, clock);
  expect(asked.history).toHaveLength(1);
  expect(asked.history[0]).toMatchObject({
    from: "2026-02-01",
    to: "2026-03-08",
    except: ["2026-03-03"],
    where: { target: "a" },
    breakdown: ["target"],
    months: new Set(["2026-02"]),
    sketches: false,
  });
  // Every group, not some by name.
  expect(asked.history[0]).not.toHaveProperty("only");
  expect(asked.present).toEqual([["2026-03-03", "2026-03-09", today]]);
});

test("a late day is answered by the rollup when its ledger item says that its blocks may be gone", async () => {
  const firstSealedAt = Date.parse("2026-03-04T02:00:00Z");
  const { read, asked } = readers({
    state: async () => stateWith({ open: new Map([["2026-03-03", 2]]) }),
    ledgerDays: async (days) =>
      new Map(days.map((day) => [day, ledgerDay({ day, ...(day === "2026-03-03" && { firstSealedAt }) })])),
  });
  await answerQuestion(ask("clicks", "from=2026-03-01"), read, clock);
  expect(asked.ledger[0]).toEqual(["2026-03-03", "2026-03-09", today]);
  expect(asked.history).toMatchObject([{ except: [] }]);
  expect(asked.present).toEqual([["2026-03-09", today]]);
});

test("the state is read before anything else, so that what is sealed meanwhile is still in its blocks", async () => {
  let states = 0;
  const { read, asked } = readers({
    state: async () => {
      await new Promise(setImmediate);
      if (states++ === 0) expect(asked).toEqual({ present: [], ledger: [], joints: [], history: [] });
      return stateWith();
    },
  });
  await answerQuestion(ask("clicks", "from=2026-03-01"), read, clock);
  expect(asked).toMatchObject({ present: [{}], history: [{}] });
});

describe("a batch of several days that comes while its days are read", () => {
  const question = ask("clicks", "from=2026-03-01");
  /** Days whose items another batch has changed from the second read on. */
  function moving(change: { joint?: number; open?: string }) {
    let [states, items] = [0, 0];
    return readers({
      state: async () => stateWith(states++ > 0 && change.open ? { open: new Map([[change.open, 1]]) } : {}),
      ledgerDays: async (days) => {
        const joint = items++ > 0 ? (change.joint ?? 0) : 0;
        return new Map(days.map((day) => [day, ledgerDay({ day, frontier: { ...noBlocks, joint } })]));
      },
      joints: async (days) => new Map(days.map((day) => [day, change.joint ?? 0])),
    });
  }

  test.each([
    ["adds to an open day", { joint: 1 }],
    ["opens a sealed day", { open: "2026-03-03" }],
  ])("has the answer made again when it %s", async (_what, change) => {
    const { read, asked } = moving(change);
    await answerQuestion(question, read, clock);
    expect(asked.present).toHaveLength(2);
    expect(asked.joints[0]).toEqual(asked.ledger[0]);
  });

  test("changes nothing when it opens a day that is not asked for", async () => {
    const { read, asked } = moving({ open: "2026-02-28" });
    await answerQuestion(question, read, clock);
    expect(asked.present).toHaveLength(1);
  });

  test("is not looked for when one day is asked for, and is not waited for without end", async () => {
    const one = moving({ joint: 1 });
    await answerQuestion(ask("clicks", ""), one.read, clock);
    expect([one.asked.present.length, one.asked.joints.length]).toEqual([1, 0]);
    let joint = 1;
    const { read, asked } = readers({ joints: async (days) => new Map(days.map((day) => [day, joint++])) });
    expect(await answerQuestion(question, read, clock)).toMatchObject({ total: 0 });
    expect(asked.present).toHaveLength(5);
  });
});

test("neither layer waits for the other", async () => {
  const bothAsked = async () => {
    await new Promise(setImmediate);
    expect(asked).toMatchObject({ present: [{}], history: [{}] });
  };
  const { read, asked } = readers({
    present: () => bothAsked().then(() => new Map()),
    history: () => bothAsked().then(() => []),
  });
  expect(await answerQuestion(ask("clicks", "from=2026-03-01"), read, clock)).toMatchObject({ total: 0 });
});

test("a question about today alone asks no rollup", async () => {
  const { read, asked } = readers({
    present: async () => new Map([[today, tally({ "": 3n })]]),
    history: async () => undefined,
  });
  expect(await answerQuestion(ask("clicks", ""), read, clock)).toMatchObject({ total: 3, history: 0, realtime: 3 });
  expect(asked.history).toEqual([]);
});

test("a stage without a rollup is answered by its blocks, and says that nothing is sealed", async () => {
  const { watermark: _none, ...fresh } = stateWith({ rollupVersion: 0, open: new Map([["2026-03-02", 1]]) });
  const { read, asked } = readers({
    state: async () => fresh,
    present: async () => new Map([["2026-03-02", tally({ "": 3n })]]),
  });
  expect(await answerQuestion(ask("clicks", "from=2026-03-01"), read, clock)).toMatchObject({
    sealed_through: null,
    total: 3,
  });
  expect(asked.history).toEqual([]);
});

test("there is no answer while history is not ready, not even a part of it", async () => {
  const { read, asked } = readers({
    present: async () => new Map([[today, tally({ "": 3n })]]),
    history: async () => undefined,
  });
  expect(await answerQuestion(ask("clicks", "from=2026-03-01"), read, clock)).toBeUndefined();
  expect(asked.history).toHaveLength(1);
});

test("sketches are asked for only where a present may have to be merged into them", async () => {
  const { read, asked } = readers();
  await answerQuestion(ask("visitors", "from=2026-03-01"), read, clock);
  await answerQuestion(ask("visitors", "from=2026-03-01&to=2026-03-08"), read, clock);
  await answerQuestion(ask("clicks", "from=2026-03-01"), read, clock);
  expect(asked.history.map(({ sketches }) => sketches)).toEqual([true, false, false]);
});

describe("when history has more groups than it gives", () => {
  // The maximum number of groups: "t0" to "t9999" with 10 clicks each. "new" is not among them.
  const cut = [row(null, null, "100008"), ...Array.from({ length: 10_000 }, (_, i) => row(null, `t${i}`, "10"))];
  const question = ask("clicks", "from=2026-03-01&by=target&limit=2");
  const present = async () => new Map([[today, tally({ new: 5n, t1: 1n })]]);

  test("the largest of today that it left out are asked for by name, and get their whole number", async () => {
    const { read, asked, versions } = readers({
      present,
      history: async ({ only }) => (only === undefined ? cut : [row(null, null, "8"), row(null, "new", "8")]),
    });
    expect(await answerQuestion(question, read, clock)).toMatchObject({
      total: 100_014,
      history: 100_008,
      realtime: 6,
      groups: [
        { key: "new", value: 13 },
        { key: "t1", value: 11 },
      ],
    });
    expect(asked.history.map(({ from, to, only }) => ({ from, to, only }))).toEqual([
      { from: "2026-03-01", to: "2026-03-08", only: undefined },
      { from: "2026-03-01", to: "2026-03-08", only: ["new"] },
    ]);
    expect(versions).toEqual([7, 7]);
    expect(asked.present).toHaveLength(1);
  });

  test("there is no answer until the second question is answered too", async () => {
    const { read } = readers({ present, history: async ({ only }) => (only === undefined ? cut : undefined) });
    expect(await answerQuestion(question, read, clock)).toBeUndefined();
  });
});

test("wherever the layers meet, an answer has every event of its days once", async () => {
  const someDay = fc.integer({ min: -20, max: 0 }).map((n) => addDays(today, n));
  const world = fc.record({
    watermark: fc.integer({ min: -20, max: -1 }).map((n) => addDays(today, n)),
    open: fc.uniqueArray(someDay),
    // Clicks by day, some of which came after the day was sealed and left it open.
    clicks: fc.array(fc.nat(9), { minLength: 21, maxLength: 21 }),
    from: someDay,
    length: fc.nat(20),
  });
  await fc.assert(
    fc.asyncProperty(world, async ({ watermark, open, clicks, from, length }) => {
      const days = daysBetween(addDays(today, -20), today);
      const clicksOf = (day: string) => BigInt(clicks[days.indexOf(day)] ?? 0);
      const { read } = readers({
        state: async () => stateWith({ watermark, open: new Map(open.map((day) => [day, 1])) }),
        present: async (some) => new Map(some.map(({ day }) => [day, tally({ "": clicksOf(day) })])),
        // The rollup of an open day is older than its last click.
        history: async ({ from: first, to: last, except }) => {
          const sealed = daysBetween(first, last).filter((day) => !except.includes(day));
          const rolledUp = sealed.map((day) => clicksOf(day) - (open.includes(day) ? 1n : 0n));
          return [row(null, null, `${rolledUp.reduce((sum, n) => sum + n, 0n)}`)];
        },
      });
      const to = addDays(from, length);
      const answer = await answerQuestion(ask("clicks", `from=${from}&to=${to}`), read, clock);
      const all = days.filter((day) => day >= from && day <= to).reduce((sum, day) => sum + Number(clicksOf(day)), 0);
      expect(answer?.total).toBe(all);
    }),
  );
});

test("an answer says how many robots' events were left out of its open days, for what does not count robots", async () => {
  const counted = (robots: number) => async (days: readonly string[]) =>
    new Map(days.map((day) => [day, ledgerDay({ day, robots })]));
  const ask = async (metric: string, robots: number) =>
    answerQuestion(
      readQuestion({ metric, query: "from=2026-03-08" }, [...catalog, ...derivedMetrics], today),
      readers({ ledgerDays: counted(robots), history: async () => [] }).read,
      clock,
    );
  // The two days after the watermark, whichever metric.
  expect([await ask("clicks", 3), await ask("bounces", 3)]).toMatchObject([{ robots: 6 }, { robots: 6 }]);
  expect(await ask("requests", 3)).not.toHaveProperty("robots");
  expect(await ask("clicks", 0)).not.toHaveProperty("robots");
});

describe("a metric that a batch run has not known before", () => {
  const metrics = (left: string) => catalog.flatMap(({ name }) => (name === left ? [] : [[name, ""] as const]));
  const known = (left: string) => ({ hash: "older", since: "", metrics: metrics(left) });
  const since = (name: string, day: string) => ({ ...known(name), metrics: [...metrics(name), [name, day] as const] });
  async function partialDays(metric: string, state: Partial<RollupState>, { seen = 3, on = today } = {}) {
    const { read } = readers({
      state: async () => stateWith({ open: new Map([["2026-03-05", 1]]), ...state }),
      ledgerDays: async (days) => new Map(days.map((day) => [day, ledgerDay({ day, seen })])),
    });
    const question = readQuestion({ metric, query: "from=2026-03-01" }, [...catalog, ...derivedMetrics], on);
    return (await answerQuestion(question, read, { ...clock, today: on }))?.partial_days;
  }

  test("is named as partly counted on the days that are not sealed, up to today", async () => {
    const days = ["2026-03-05", "2026-03-09", today];
    expect(await partialDays("clicks", { catalog: known("clicks") })).toEqual(days);
    expect(await partialDays("visitors", { catalog: known("visitors") })).toEqual(days);
    expect(await partialDays("visitors", { catalog: known("clicks") })).toBeUndefined();
  });

  test("is partly counted up to the day on which the batch noted it", async () => {
    const state = { catalog: since("clicks", "2026-03-09") };
    expect(await partialDays("clicks", state)).toEqual(["2026-03-05", "2026-03-09"]);
    expect(await partialDays("clicks", state, { on: "2026-04-13" })).toContain("2026-03-05");
    // What was counted without it has expired.
    expect(await partialDays("clicks", state, { on: "2026-04-14" })).toBeUndefined();
  });

  test("makes a difference and a ratio of it partly counted", async () => {
    for (const part of ["visits", "continued_visits"])
      for (const metric of ["bounces", "bounce_rate"])
        expect(await partialDays(metric, { catalog: known(part) })).toContain(today);
    expect(await partialDays("bounces", { catalog: known("clicks") })).toBeUndefined();
  });

  test("lacks nothing of a day without events", async () => {
    expect(await partialDays("clicks", { catalog: known("clicks") }, { seen: 0 })).toBeUndefined();
  });

  test("is none if no run has noted metrics: in a new stage, and after an older release", async () => {
    expect(await partialDays("clicks", {})).toBeUndefined();
    expect(await partialDays("clicks", { catalog: { hash: "older", since: "2026-03-09" } })).toBeUndefined();
  });
});
