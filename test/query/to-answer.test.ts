import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../src/metrics/catalog.ts";
import { defineMetric } from "../../src/metrics/define-metric.ts";
import { estimate, toWords } from "../../src/metrics/distinct-sketch.ts";
import { mergeValues, type Value } from "../../src/metrics/merge.ts";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
import { groupsLeftOut } from "../../src/query/groups-left-out.ts";
import { emptyPart, keyAsked, toHistory, toRealtime } from "../../src/query/parts.ts";
import { readQuestion } from "../../src/query/question.ts";
import { daysToRead, splitDays } from "../../src/query/split-days.ts";
import { toAnswer } from "../../src/query/to-answer.ts";
import type { RollupState } from "../../src/table/days/day-state.ts";
import { ledgerDay } from "../fixtures/ledger-day.ts";
import { pairs } from "../fixtures/pairs.ts";
import { rollupState } from "../fixtures/rollup-state.ts";

const today = "2026-03-10";
const now = Date.parse("2026-03-10T03:00:00Z");
const clock = { now, today };
const hours = (n: number) => n * 3_600_000;

const state = (changes: Partial<RollupState> = {}) => rollupState({ watermark: "2026-03-08", ...changes });
const marks = (...days: string[]) => new Map(days.map((day) => [day, 1]));
const ledger = (...days: Parameters<typeof ledgerDay>[0][]) => new Map(days.map((day) => [day.day, ledgerDay(day)]));
const ask = (metric: string, query: string) => readQuestion({ metric, query }, catalog, today);

describe("splitDays", () => {
  const range = { from: "2026-03-01", to: today };

  test("takes days up to the watermark from history, the others from its blocks", () => {
    expect(splitDays(range, state(), new Map(), clock)).toEqual({
      presentDays: ["2026-03-09", today],
      history: { from: "2026-03-01", to: "2026-03-08", except: [] },
    });
  });

  test("asks nobody for days of the future", () => {
    expect(splitDays({ from: today, to: "2026-03-12" }, state(), new Map(), clock)).toEqual({
      presentDays: [today],
      history: undefined,
    });
  });

  test("takes a sealed day that got late events from its blocks", () => {
    const late = state({ open: marks("2026-03-03", today) });
    const items = ledger({ day: "2026-03-03", seen: 2, firstSealedAt: now - hours(24 * 6) + 1 });
    expect(splitDays(range, late, items, clock)).toEqual({
      presentDays: ["2026-03-03", "2026-03-09", today],
      history: { from: "2026-03-01", to: "2026-03-08", except: ["2026-03-03"] },
    });
  });

  test("takes it from history when its blocks may have expired", () => {
    const late = state({ open: marks("2026-03-03") });
    const items = ledger({ day: "2026-03-03", seen: 2, firstSealedAt: now - hours(24 * 6) });
    expect(splitDays(range, late, items, clock).history?.except).toEqual([]);
    // The last sealed day too, if no batch has run for a week.
    const last = ledger({ day: "2026-03-08", seen: 2, firstSealedAt: now - hours(24 * 6) });
    expect(splitDays(range, state({ open: marks("2026-03-08") }), last, clock)).toEqual({
      presentDays: ["2026-03-09", today],
      history: { from: "2026-03-01", to: "2026-03-08", except: [] },
    });
  });

  test("asks no rollup while there is none, and none that could hold nothing", () => {
    expect(splitDays(range, state({ rollupVersion: 0 }), new Map(), clock).history).toBeUndefined();
    expect(splitDays({ from: today, to: today }, state(), new Map(), clock).history).toBeUndefined();
    const all = state({ open: marks("2026-03-07", "2026-03-08") });
    expect(splitDays({ from: "2026-03-07", to: today }, all, new Map(), clock).history).toBeUndefined();
  });

  test("takes the last sealed day from history, and the day after it from its blocks", () => {
    expect(splitDays({ from: "2026-03-08", to: "2026-03-08" }, state(), new Map(), clock)).toEqual({
      presentDays: [],
      history: { from: "2026-03-08", to: "2026-03-08", except: [] },
    });
    expect(splitDays({ from: "2026-03-09", to: "2026-03-09" }, state(), new Map(), clock)).toEqual({
      presentDays: ["2026-03-09"],
      history: undefined,
    });
  });

  test("asks the rollups for the one day that is not open, with the others as exceptions", () => {
    const most = state({ open: marks("2026-03-08", "2026-03-06") });
    expect(splitDays({ from: "2026-03-06", to: "2026-03-08" }, most, new Map(), clock)).toEqual({
      presentDays: ["2026-03-06", "2026-03-08"],
      history: { from: "2026-03-06", to: "2026-03-08", except: ["2026-03-08", "2026-03-06"] },
    });
  });

  test("reads no blocks of open days that are not asked for", () => {
    const open = marks("2026-02-28", "2026-03-01", "2026-03-03", "2026-03-04", "2026-03-09");
    expect(splitDays({ from: "2026-03-01", to: "2026-03-03" }, state({ open }), new Map(), clock)).toEqual({
      presentDays: ["2026-03-01", "2026-03-03"],
      history: { from: "2026-03-01", to: "2026-03-03", except: ["2026-03-01", "2026-03-03"] },
    });
    const { watermark: _none, ...fresh } = state({ rollupVersion: 0, open });
    expect(splitDays({ from: "2026-03-01", to: "2026-03-03" }, fresh, new Map(), clock).presentDays).toEqual([
      "2026-03-01",
      "2026-03-03",
    ]);
  });

  test("asks the ledger for all days that rollups may not answer for", () => {
    expect(daysToRead(range, state({ open: marks("2026-02-28", "2026-03-01", "2026-03-09") }), clock)).toEqual([
      "2026-03-01",
      "2026-03-09",
      today,
    ]);
    const { watermark: _none, ...fresh } = state({ open: marks("2026-03-03") });
    expect(daysToRead(range, fresh, clock)).toEqual(["2026-03-03", today]);
  });

  test("reads the blocks of marked days alone before the first batch run", () => {
    const { watermark: _none, ...fresh } = state({ rollupVersion: 0, open: marks("2015-05-17", "2026-03-09") });
    expect(splitDays({ from: "1970-01-01", to: "9999-12-31" }, fresh, new Map(), clock)).toEqual({
      presentDays: ["2015-05-17", "2026-03-09", today],
      history: undefined,
    });
  });

  test("leaves days of the future out, but for one that already has events", () => {
    const ahead = state({ open: marks("2026-03-11") });
    expect(splitDays({ from: today, to: "9999-12-31" }, ahead, new Map(), clock).presentDays).toEqual([
      today,
      "2026-03-11",
    ]);
  });

  test("puts every day that has events into exactly one layer", () => {
    const someDay = fc.integer({ min: -30, max: 0 }).map((n) => addDays(today, n));
    fc.assert(
      fc.property(
        fc.record({
          watermark: fc.option(
            fc.integer({ min: -20, max: -1 }).map((n) => addDays(today, n)),
            { nil: undefined },
          ),
          open: fc.uniqueArray(someDay),
          from: someDay,
          length: fc.nat(40),
          sealedHoursAgo: fc.nat(24 * 10),
        }),
        ({ watermark, open, from, length, sealedHoursAgo }) => {
          const known: RollupState = {
            rollupVersion: 1,
            open: marks(...open),
            short: new Map(),
            months: new Map(),
            dueMonths: new Set(),
            ...(watermark === undefined ? {} : { watermark }),
          };
          const asked = { from, to: addDays(from, length) };
          const items = ledger(...open.map((day) => ({ day, seen: 1, firstSealedAt: now - hours(sealedHoursAgo) })));
          const { presentDays, history } = splitDays(asked, known, items, clock);
          for (const day of daysBetween(from, asked.to < today ? asked.to : today)) {
            const inHistory =
              history !== undefined && day >= history.from && day <= history.to && !history.except.includes(day);
            const layers = Number(inHistory) + Number(presentDays.includes(day));
            // A day without any event may be in neither layer.
            const hasEvents = open.includes(day) || (watermark !== undefined && day <= watermark);
            expect(layers).toBeLessThanOrEqual(1);
            if (hasEvents) expect([day, layers]).toEqual([day, 1]);
          }
          const read = daysToRead(asked, known, clock);
          expect(presentDays.filter((day) => !read.includes(day))).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("toAnswer", () => {
  const context = { now, timezone: "Asia/Seoul", watermark: "2026-03-08" };
  const row = (dt: string | null, key: string | null, value: string | null, sketch: string | null = null) => ({
    dt,
    key,
    value,
    sketch,
    found: null,
  });

  test("adds both parts up, in total, by group and day by day", () => {
    const question = ask("clicks", "from=2026-03-08&by=target&interval=day");
    const history = toHistory([
      row(null, null, "5"),
      row(null, "a", "3"),
      row(null, "b", "2"),
      row("2026-03-08", null, "5"),
    ]);
    const realtime = toRealtime(
      new Map([
        ["2026-03-09", new Map()],
        [
          today,
          new Map([
            ["b", 4n],
            ["%2B", 1n],
          ]),
        ],
      ]),
      question,
    );
    expect(toAnswer(question, { history, realtime }, context)).toEqual({
      metric: "clicks",
      from: "2026-03-08",
      to: today,
      timezone: "Asia/Seoul",
      sealed_through: "2026-03-08",
      total: 10,
      history: 5,
      realtime: 5,
      series: [
        { day: "2026-03-08", value: 5 },
        { day: "2026-03-09", value: 0 },
        { day: today, value: 5 },
      ],
      groups: [
        { key: "b", value: 6 },
        { key: "a", value: 3 },
        { key: "+", value: 1 },
      ],
      groups_total: 3,
    });
  });

  test("gives each hour of the days, those without events too, up to now", () => {
    const question = ask("clicks", "from=2026-03-09&interval=hour");
    const history = toHistory([row(null, null, "7"), row("2026-03-09 0", null, "3"), row("2026-03-09 23", null, "4")]);
    const tally = new Map([
      ["0", 1n],
      ["11", 2n],
    ]);
    const realtime = toRealtime(new Map([[today, tally]]), question);
    const { series = [], total } = toAnswer(question, { history, realtime }, context);
    expect(total).toBe(10);
    // It is noon in Seoul: the hour that has just begun is there, later ones are not.
    expect(series).toHaveLength(24 + 13);
    expect(series.filter(({ value }) => value !== 0)).toEqual([
      { day: "2026-03-09", hour: "2026-03-09T00:00:00+09:00", value: 3 },
      { day: "2026-03-09", hour: "2026-03-09T23:00:00+09:00", value: 4 },
      { day: today, hour: "2026-03-10T00:00:00+09:00", value: 1 },
      { day: today, hour: "2026-03-10T11:00:00+09:00", value: 2 },
    ]);
    expect(series.at(-1)).toEqual({ day: today, hour: "2026-03-10T12:00:00+09:00", value: 0 });
  });

  test("puts days together to weeks from Monday and to months, cut to the range, whichever layer they are in", () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => new Map([[id.charCodeAt(0), 5]]));
    if (!a || !b || !c) throw new Error("no sketches");
    const words = (...ids: Value[]) =>
      toWords(ids.reduce((x, y) => mergeValues(x, y)) as Map<number, number>).join(" ");
    const question = ask("visitors", "from=2026-02-27&to=2026-03-10&interval=week");
    const history = toHistory([
      row(null, null, "2", words(a, b)),
      row("2026-02-23", null, "1"),
      row("2026-03-02", null, "1", words(a)),
    ]);
    const realtime = toRealtime(
      new Map([
        ["2026-03-05", new Map([["", a]])],
        ["2026-03-09", new Map([["", a]])],
        [today, new Map([["", c]])],
      ]),
      question,
    );
    expect(toAnswer(question, { history, realtime }, context).series).toEqual([
      { day: "2026-02-27", last_day: "2026-03-01", value: 1 },
      { day: "2026-03-02", last_day: "2026-03-08", value: 1 },
      { day: "2026-03-09", last_day: today, value: 2 },
    ]);
    const months = toRealtime(new Map([["2026-03-05", new Map([["", a]])]]), { ...question, bucket: "month" });
    const byMonth = toAnswer({ ...question, bucket: "month" }, { history: emptyPart(), realtime: months }, context);
    expect(byMonth.series).toEqual([
      { day: "2026-02-27", last_day: "2026-02-28", value: 0 },
      { day: "2026-03-01", last_day: today, value: 1 },
    ]);
  });

  test("gives an hour that is yet to come when something has counted in it", () => {
    const question = ask("clicks", "interval=hour");
    const realtime = toRealtime(new Map([[today, new Map([["14", 2n]])]]), question);
    const { series = [] } = toAnswer(question, { history: emptyPart(), realtime }, context);
    expect(series.slice(-2).map(({ hour, value }) => [hour, value])).toEqual([
      ["2026-03-10T12:00:00+09:00", 0],
      ["2026-03-10T14:00:00+09:00", 2],
    ]);
  });

  test("gives the hour that the clock shows twice two points, by hours of an app too", () => {
    const question = ask("clicks", "from=2025-11-02&to=2025-11-02&interval=hour&by=app");
    const tally = new Map([
      ["web+1", 2n],
      ["web+2", 3n],
      ["app+2", 4n],
      ["app+24", 5n],
    ]);
    const realtime = toRealtime(new Map([["2025-11-02", tally]]), question);
    const answer = toAnswer(question, { history: emptyPart(), realtime }, { ...context, timezone: "America/New_York" });
    expect(answer.series).toHaveLength(25);
    expect(answer.series?.slice(0, 4).map(({ hour, value }) => [hour, value])).toEqual([
      ["2025-11-02T00:00:00-04:00", 0],
      ["2025-11-02T01:00:00-04:00", 2],
      ["2025-11-02T01:00:00-05:00", 7],
      ["2025-11-02T02:00:00-05:00", 0],
    ]);
    expect(answer.groups).toEqual([
      { key: "app", value: 9 },
      { key: "web", value: 5 },
    ]);
  });

  test("adds the days up when the last of them has nothing to add", () => {
    const question = ask("clicks", "from=2026-03-08&by=target&interval=day");
    const tallies = new Map([
      ["2026-03-08", new Map([["a", 2n]])],
      ["2026-03-09", new Map([["a", 3n]])],
      [today, new Map<string, bigint>()],
    ]);
    expect(toRealtime(tallies, question)).toEqual({
      total: 5n,
      groups: new Map([["a", 5n]]),
      points: new Map([
        ["2026-03-08", 2n],
        ["2026-03-09", 3n],
        [today, 0n],
      ]),
    });
  });

  test("names the values of the dimensions that were asked for, and not the filter's", () => {
    const taps = defineMetric({
      name: "taps",
      title: "Taps",
      on: ["tap"],
      value: { kind: "count" },
      by: [["target", "country", "device"]],
    });
    const query = "by=device,target&country=KR";
    const question = readQuestion({ metric: "taps", query }, [taps], today);
    const tally = new Map([
      ["a+KR+mobile", 2n],
      ["a+US+mobile", 3n],
    ]);
    const realtime = toRealtime(new Map([[today, tally]]), question);
    expect(toAnswer(question, { history: emptyPart(), realtime }, context).groups).toEqual([
      { key: "a+mobile", values: { target: "a", device: "mobile" }, value: 2 },
    ]);
  });

  test("merges sketches, so that who came before and today counts once", () => {
    const question = ask("visitors", "from=2026-03-08&by=device&interval=day");
    const history = toHistory([
      row(null, null, "2", "8256"),
      row(null, "mobile", "2", "8256"),
      row("2026-03-08", null, "2"),
    ]);
    const realtime = toRealtime(new Map([[today, new Map([["mobile", pairs("1:1 3:5")]])]]), question);
    expect(toAnswer(question, { history, realtime }, context)).toMatchObject({
      total: 3,
      history: 2,
      realtime: 1,
      series: [{ value: 2 }, { value: 0 }, { value: 2 }],
      groups: [{ key: "mobile", value: 3 }],
    });
  });

  test("gives a finished day the same number from the rollups as from its counters", () => {
    const question = ask("visitors", `from=${today}&interval=day`);
    const ranks = fc.array(fc.nat(6), { minLength: 0, maxLength: 4000 });
    fc.assert(
      fc.property(ranks, fc.nat(3), (some, most) => {
        const sketch = new Map(some.map((rank, i) => [i, Math.min(rank, most) + 1]));
        const number = String(estimate(sketch));
        const words = toWords(sketch).join(" ");
        const rows = sketch.size === 0 ? [] : [row(null, null, number, words), row(today, null, number)];
        const sealed = toAnswer(question, { history: toHistory(rows), realtime: emptyPart() }, context);
        const tallies = new Map([[today, new Map([["", sketch]])]]);
        const counted = toAnswer(question, { history: emptyPart(), realtime: toRealtime(tallies, question) }, context);
        expect(sealed.series).toEqual([{ day: today, value: sealed.total }]);
        expect([counted.total, counted.series]).toEqual([sealed.total, sealed.series]);
      }),
    );
  });

  test("says nothing of groups and days that were not asked for", () => {
    const question = ask("clicks", "device=mobile");
    const tally = new Map([
      ["mobile", 2n],
      ["desktop", 3n],
    ]);
    const realtime = toRealtime(new Map([[today, tally]]), question);
    expect(realtime).toEqual({ total: 2n, groups: new Map(), points: new Map([[today, 2n]]) });
    const history = toHistory([row(null, null, "40")]);
    expect(history).toEqual({ total: 40n, groups: new Map(), points: new Map() });
    expect(toAnswer(question, { history, realtime }, context)).toEqual({
      metric: "clicks",
      from: today,
      to: today,
      timezone: "Asia/Seoul",
      sealed_through: "2026-03-08",
      total: 42,
      history: 40,
      realtime: 2,
    });
  });

  test("shows as many groups as were asked for, the largest of both parts together", () => {
    const question = ask("clicks", "from=2026-03-01&by=target&limit=2");
    const rows = [row(null, null, "12"), row(null, "a", "5"), row(null, "b", "4"), row(null, "c", "3")];
    const history = toHistory(rows);
    const realtime = toRealtime(new Map([[today, new Map([["c", 3n]])]]), question);
    expect(toAnswer(question, { history, realtime }, context).groups).toEqual([
      { key: "c", value: 6 },
      { key: "a", value: 5 },
    ]);
  });

  test("passes over what a rollup holds no value of", () => {
    const rows = [row(null, null, null), row(null, "a", null), row("2026-03-02", null, null)];
    expect(toHistory(rows)).toEqual(emptyPart());
    expect(toHistory([])).toEqual({ total: undefined, groups: new Map(), points: new Map() });
  });

  test("gives a number where a sketch would change nothing", () => {
    const question = ask("visitors", "from=2026-03-08&by=device");
    const history = toHistory([row(null, null, "7"), row(null, "mobile", "7")]);
    expect(toAnswer(question, { history, realtime: emptyPart() }, context)).toMatchObject({
      total: 7,
      groups: [{ key: "mobile", value: 7 }],
    });
  });

  test("gives numbers past 2^53 exactly", () => {
    const question = ask("revenue", "currency=KRW");
    const history = toHistory([row(null, null, "99999999999999999999")]);
    const realtime = toRealtime(new Map([[today, new Map([["KRW", 1n]])]]), question);
    const text = JSON.stringify(toAnswer(question, { history, realtime }, context));
    expect(text).toContain('"total":100000000000000000000,"history":99999999999999999999,"realtime":1');
  });

  test("gives no total over several units", () => {
    const question = ask("revenue", "by=currency");
    const realtime = toRealtime(
      new Map([
        [
          today,
          new Map([
            ["KRW", 1n],
            ["USD", 5n],
          ]),
        ],
      ]),
      question,
    );
    expect(toAnswer(question, { history: emptyPart(), realtime }, context)).toMatchObject({
      total: null,
      history: null,
      realtime: null,
      groups: [
        { key: "USD", value: 5 },
        { key: "KRW", value: 1 },
      ],
    });
  });

  test("counts only what the filters let through, and names each value of a combination", () => {
    const tally = new Map([
      ["a+mobile", 2n],
      ["a+desktop", 3n],
      ["b%2B+mobile", 4n],
    ]);
    const one = ask("clicks", "by=target&device=mobile");
    expect(
      toAnswer(one, { history: emptyPart(), realtime: toRealtime(new Map([[today, tally]]), one) }, context),
    ).toMatchObject({
      total: 6,
      groups: [
        { key: "b+", value: 4 },
        { key: "a", value: 2 },
      ],
    });
    const both = ask("clicks", "by=target,device&limit=1");
    expect(
      toAnswer(both, { history: emptyPart(), realtime: toRealtime(new Map([[today, tally]]), both) }, context),
    ).toMatchObject({
      total: 9,
      groups: [{ key: "b%2B+mobile", value: 4, values: { target: "b+", device: "mobile" } }],
    });
  });

  test("is all zeros when nothing is known", () => {
    const question = ask("clicks", "from=2026-03-09&interval=day");
    const nothing = toHistory([row(null, null, null)]);
    expect(
      toAnswer(question, { history: nothing, realtime: emptyPart() }, { ...context, watermark: undefined }),
    ).toMatchObject({
      sealed_through: null,
      total: 0,
      history: 0,
      realtime: 0,
      series: [
        { day: "2026-03-09", value: 0 },
        { day: today, value: 0 },
      ],
    });
  });
});

describe("groupsLeftOut", () => {
  const visitors = (limit: number) => ask("visitors", `from=2026-03-01&by=device&limit=${limit}`);
  const part = (groups: Record<string, Value>) => ({ ...emptyPart(), groups: new Map(Object.entries(groups)) });
  const many = (count: number): Value => new Map(Array.from({ length: count }, (_, i) => [i, 1]));

  test("names who has a history without a sketch and may be among the largest with it", () => {
    const history = part({ a: 90n, b: 50n, c: 40n, d: 5n, e: many(60) });
    const realtime = part({ b: many(3), c: many(20), d: many(2), e: many(9), new: many(1) });
    expect(groupsLeftOut(visitors(2), history, realtime)).toEqual(["c"]);
    expect(groupsLeftOut(visitors(3), history, realtime)).toEqual(["c", "b"]);
    expect(groupsLeftOut(visitors(50), history, realtime)).toEqual(["c", "b", "d"]);
  });

  test("names nobody when all is known", () => {
    expect(groupsLeftOut(visitors(50), part({ a: many(3), b: 9n }), part({ a: many(1), new: many(2) }))).toEqual([]);
    expect(groupsLeftOut(ask("clicks", "by=target"), part({ a: 3n }), part({ a: 1n, new: 2n }))).toEqual([]);
  });

  test("does not name what the limit of groups cannot have cut off", () => {
    const full = part(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`g${i}`, BigInt(2000 - i)])));
    expect(groupsLeftOut(visitors(1), full, part({ new: many(500), other: many(1000) }))).toEqual(["other"]);
    expect(groupsLeftOut(visitors(1), full, part({ "x\0": many(1100) }))).toEqual([]);
  });

  test("a group that was not asked for keeps the larger of its parts", () => {
    const parts = { history: part({ a: 9n, b: 2n }), realtime: part({ a: many(3), b: many(4) }) };
    const { groups } = toAnswer(visitors(9), parts, { now, timezone: "Asia/Seoul", watermark: "2026-03-08" });
    expect(groups).toEqual([
      { key: "a", value: 9 },
      { key: "b", value: 4 },
    ]);
  });
});

test("keyAsked is the key when filters name every value", () => {
  expect(keyAsked(ask("clicks", "target=a%2Bb&device=mobile"))).toBe("a%2Bb+mobile");
  expect(keyAsked(ask("clicks", ""))).toBe("");
  expect(keyAsked(ask("clicks", "by=target&device=mobile"))).toBeUndefined();
});

test("groupsLeftOut names the groups of today that a cut list of history lacks, the largest first", () => {
  const question = ask("clicks", "by=target&limit=2");
  const groups = new Map(Array.from({ length: 10_000 }, (_, i) => [`t${i}`, 10n]));
  const realtime = {
    ...emptyPart(),
    groups: new Map([
      ["t1", 9n],
      ["new", 3n],
      ["newer", 5n],
      ["newest", 1n],
      ["x".repeat(1023), 9n],
    ]),
  };
  expect(groupsLeftOut(question, { ...emptyPart(), groups }, realtime)).toEqual(["newer", "new", "newest"]);
  groups.delete("t1");
  expect(groupsLeftOut(question, { ...emptyPart(), groups }, realtime)).toEqual([]);
});

test("groupsLeftOut names none while history's list has room", () => {
  const question = ask("visitors", "by=device");
  const realtime = { ...emptyPart(), groups: new Map([["new", pairs("1:1")]]) };
  const history = (size: number) => ({
    ...emptyPart(),
    groups: new Map(Array.from({ length: size }, (_, i) => [`d${i}`, new Map([[i, 1]])])),
  });
  expect(groupsLeftOut(question, history(999), realtime)).toEqual([]);
  expect(groupsLeftOut(question, history(1000), realtime)).toEqual(["new"]);
});
