import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HistoryQuestion, metricHistory } from "../../src/athena-queries/metric-history.ts";
import { catalog, findMetric } from "../../src/metrics/catalog.ts";
import { type Dimension, defineMetric, HOUR, type Metric } from "../../src/metrics/define-metric.ts";
import { fromWords } from "../../src/metrics/distinct-sketch.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import { joinKey, splitKey } from "../../src/metrics/key.ts";
import { mergeValues, toNumber, type Value } from "../../src/metrics/merge.ts";
import type { EventRow } from "../../src/schemas/tables/event-columns.ts";
import { eventRows } from "../fixtures/event-rows.ts";
import { dayIncrements, type Increment } from "../fixtures/increments.ts";
import { dearLawRuns } from "../laws/law-runs.ts";
import { openLake } from "./lake.ts";

let lake: Awaited<ReturnType<typeof openLake>>;
/** The last one is a Monday. */
const days = ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"];

beforeAll(async () => {
  lake = await openLake();
});
afterAll(() => lake[Symbol.asyncDispose]());

function metric(name: string): Metric {
  const found = findMetric(name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
}

const [from = "", middle = "", to = "", monday = ""] = days;
const range = { from, to, except: [], months: new Set<string>(), sketches: true };

const recorded: Record<string, HistoryQuestion> = {
  "history-of-a-count": { ...range, metric: metric("clicks"), breakdown: [], where: {}, by: [], series: false },
  "history-of-a-count-by-day-and-target": {
    ...range,
    except: [middle],
    metric: metric("clicks"),
    breakdown: ["target", "device"],
    where: { device: "mobile" },
    by: ["target"],
    series: true,
  },
  "history-of-years": {
    ...range,
    from: "2026-01-15",
    months: new Set(["2026-02"]),
    metric: metric("clicks"),
    breakdown: ["target"],
    where: {},
    by: ["target"],
    series: false,
  },
  "history-of-a-sum": {
    ...range,
    metric: metric("revenue"),
    breakdown: ["currency"],
    where: { currency: "KRW" },
    by: [],
    series: true,
  },
  "history-of-a-count-by-hour": {
    ...range,
    metric: metric("clicks"),
    breakdown: ["app", "hour"],
    where: { app: "web" },
    by: [],
    series: true,
  },
  "history-of-a-distinct-count-by-hour": {
    ...range,
    months: new Set(["2026-02"]),
    metric: metric("visitors"),
    breakdown: ["hour"],
    where: {},
    by: [],
    series: true,
  },
  "history-of-a-distinct-count": {
    ...range,
    metric: metric("visitors"),
    breakdown: [],
    where: {},
    by: [],
    series: false,
  },
  "history-of-a-distinct-count-by-day": {
    ...range,
    sketches: false,
    from: "2026-01-15",
    months: new Set(["2026-02"]),
    metric: metric("visitors"),
    breakdown: [],
    where: {},
    by: [],
    series: true,
  },
  "history-of-a-distinct-count-by-week": {
    ...range,
    from: "2026-01-15",
    months: new Set(["2026-02"]),
    metric: metric("visitors"),
    breakdown: [],
    where: {},
    by: [],
    series: true,
    bucket: "week",
    mergedBuckets: ["2026-02-23"],
  },
  "history-of-years-by-month": {
    ...range,
    from: "2026-01-15",
    months: new Set(["2026-02"]),
    metric: metric("clicks"),
    breakdown: [],
    where: {},
    by: [],
    series: true,
    bucket: "month",
  },
  "history-of-a-distinct-count-by-day-and-country": {
    ...range,
    metric: metric("visitors"),
    breakdown: ["country"],
    where: {},
    by: ["country"],
    series: true,
  },
};

test.each(Object.entries(recorded))("the query %s is the one recorded, and runs", async (name, question) => {
  const query = metricHistory(question);
  await expect(query.text).toMatchFileSnapshot(`sql/${name}.sql`);
  expect(query.text.match(/\?/g)).toHaveLength(query.params.length);
  await lake.clear();
  await expect(lake.ask(query)).resolves.toBeDefined();
});

/** The question's answer, computed from the events themselves: number by `total`, `group <key>` and `day <day>`. */
function truth(events: readonly EventRow[], question: HistoryQuestion) {
  const increments = createIncrements(catalog, "UTC");
  for (const row of events) if (inRange(row.day, question)) increments.add(row, false);
  const answer = new Map<string, Value>();
  for (const one of dayIncrements(increments).filter((increment) => asked(increment, question))) {
    const values = splitKey(one.key, question.breakdown.length);
    const group = joinKey(values.filter((_, i) => question.by.includes(question.breakdown[i] ?? "app")));
    const places = [
      "total",
      ...(question.by.length > 0 ? [`group ${group}`] : []),
      ...(question.series ? [`day ${pointOf(one, values[question.breakdown.indexOf(HOUR)], question)}`] : []),
    ];
    for (const place of places) {
      const known = answer.get(place);
      answer.set(place, known === undefined ? one.value : mergeValues(known, one.value));
    }
  }
  return new Map([...answer].map(([place, value]) => [place, toNumber(value)]));
}

function pointOf({ bucket }: Increment, hour: string | undefined, asked: HistoryQuestion): string {
  if (hour !== undefined) return `${bucket} ${hour}`;
  const weeks = bucket < "2026-03-02" ? "2026-02-23" : "2026-03-02";
  return asked.bucket === "week" ? weeks : bucket.slice(0, asked.bucket === "month" ? 7 : 10);
}

function inRange(day: string, question: HistoryQuestion) {
  return day >= question.from && day <= question.to && !question.except.includes(day);
}

function asked({ metric, breakdown, key }: Increment, question: HistoryQuestion) {
  if (metric !== question.metric.name || breakdown !== question.breakdown.join("+")) return false;
  const values = splitKey(key, question.breakdown.length);
  return question.breakdown.every((dimension, i) => (question.where[dimension] ?? values[i]) === values[i]);
}

/** The same from the rollups. */
async function fromRollups(question: HistoryQuestion) {
  const rows = (await lake.ask(metricHistory(question))).filter(({ value }) => value !== null);
  return new Map(rows.map((row): [string, bigint] => [placeOf(row), numberOf(row)]));
}

function placeOf({ dt, key }: Record<string, unknown>): string {
  if (key !== null) return `group ${key}`;
  return dt === null ? "total" : `day ${dt}`;
}

/** Checks that a sketch gives the same number as the one stored with it. */
function numberOf({ value, sketch }: Record<string, unknown>): bigint {
  const number = BigInt(String(value));
  if (sketch !== null) expect(toNumber(fromWords(String(sketch).split(" ").map(BigInt)))).toBe(number);
  return number;
}

async function foundBy(question: HistoryQuestion) {
  const rows = await lake.ask(metricHistory(question));
  return rows.flatMap(({ found }) => (found === null ? [] : [String(found).split(" ").sort()]));
}

const mergedIn = { week: ["2026-02-23"], month: ["2026-02", "2026-03"] };

const question: fc.Arbitrary<HistoryQuestion> = fc
  .constantFrom(...catalog)
  .chain((metric) => fc.record({ metric: fc.constant(metric), breakdown: fc.constantFrom(...metric.breakdowns) }))
  .chain(({ metric, breakdown }) =>
    fc.record({
      metric: fc.constant(metric),
      breakdown: fc.constant(breakdown),
      filters: fc.array(fc.constantFrom("web", "a+b", "50%", "#1", "KRW", "200", "mobile", "it's", "", undefined), {
        minLength: breakdown.length,
        maxLength: breakdown.length,
      }),
      series: fc.boolean(),
      bucket: fc.constantFrom(undefined, "week" as const, "month" as const),
      from: fc.constantFrom("2026-02-01", from, middle),
      to: fc.constantFrom(middle, to, monday),
      except: fc.subarray(days),
      months: fc.constantFrom(new Set<string>(), new Set(["2026-02"])),
      sketches: fc.boolean(),
    }),
  )
  .map(({ filters, breakdown, bucket, ...rest }) => {
    const chosen = breakdown.filter((dimension) => dimension !== HOUR);
    const where = Object.fromEntries(chosen.flatMap((d, i) => (filters[i] === undefined ? [] : [[d, filters[i]]])));
    const by: Dimension[] = chosen.filter((dimension) => where[dimension] === undefined);
    const points = bucket === undefined || breakdown.includes(HOUR) ? {} : { bucket, mergedBuckets: mergedIn[bucket] };
    return { ...rest, ...points, breakdown, where, by };
  });

test("any question to the rollups is answered as from the events themselves", async () => {
  const events = fc.array(eventRows(days), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(events, fc.array(question, { minLength: 25, maxLength: 25 }), async (rows, questions) => {
      await lake.clear();
      await lake.add(rows.map((row) => ({ ...row, dt: row.day })));
      await lake.rollUp(catalog, days);
      await lake.rollUpMonth("2026-02");
      for (const one of questions) expect(await fromRollups(one)).toEqual(truth(rows, one));
    }),
    { numRuns: Math.ceil(dearLawRuns / 2) },
  );
}, 3_600_000);

test("only the largest groups are given when there are too many, and the total is of all", async () => {
  const rows = Array.from({ length: 10_050 }, (_, i) => ({
    event_id: `e${i}`,
    name: "click",
    app: "web",
    target: i < 100 ? "often" : `t${i}`,
    day: middle,
    dt: middle,
    occurred_at: `${middle}T00:00:00Z`,
    received_at: `${middle}T00:00:00Z`,
  }));
  await lake.clear();
  await lake.add([
    ...rows,
    ...rows.slice(0, 100).map((row) => ({ ...row, event_id: `${row.event_id}x`, target: "more" })),
  ]);
  await lake.add(
    rows.slice(0, 60).map((row) => ({ ...row, event_id: `${row.event_id}y`, target: `u${row.event_id}` })),
  );
  await lake.rollUp([metric("clicks")], [middle]);
  const answer = await fromRollups({
    ...range,
    metric: metric("clicks"),
    breakdown: ["target"],
    where: {},
    by: ["target"],
    series: true,
  });
  expect(answer.get("total")).toBe(10_210n);
  expect(answer.get(`day ${middle}`)).toBe(10_210n);
  expect([answer.get("group often"), answer.get("group more")]).toEqual([100n, 100n]);
  expect([...answer.keys()].filter((place) => place.startsWith("group"))).toHaveLength(10_002);
});

const click = (of: string, target: string) => ({
  event_id: `${of} ${target}`,
  name: "click",
  app: "web",
  target,
  day: of,
  dt: of,
  occurred_at: `${of}T00:00:00Z`,
  received_at: `${of}T00:00:00Z`,
});

test("an answer says of which days a rollup was found, whatever was counted on them", async () => {
  await lake.clear();
  await lake.add([click(from, "a"), click(middle, "b")]);
  await lake.rollUp(catalog, [from, middle]);
  for (const name of ["clicks", "revenue", "visitors"]) {
    const [breakdown = []] = metric(name).breakdowns;
    const one = { ...range, metric: metric(name), breakdown, where: {}, by: [], series: false };
    expect(await foundBy(one)).toEqual([[from, middle]]);
    expect(await foundBy({ ...one, except: [from] })).toEqual([[middle]]);
    // Once with the total, and for a distinct count again with the series, which reads other rows.
    const parts = Array.from({ length: name === "visitors" ? 2 : 1 }, () => [from, middle]);
    expect(await foundBy({ ...one, series: true })).toEqual(parts);
    const by = metric(name).breakdowns.find((some) => some.length > breakdown.length) ?? [];
    expect(await foundBy({ ...one, breakdown: by, by: by.slice(0, 1), series: true })).toEqual(parts);
  }
});

test("days with a breakdown are distinguished from those with others, whatever is filtered", async () => {
  await lake.clear();
  await lake.add([click(from, "a"), click(middle, "a")]);
  const before = defineMetric({ name: "clicks", title: "", on: ["click"], value: { kind: "count" }, by: ["app"] });
  await lake.rollUp([before], [from]);
  await lake.rollUp([metric("clicks")], [middle]);
  const one = { ...range, metric: metric("clicks"), breakdown: [], where: {}, by: [], series: false };
  expect(await foundBy(one)).toEqual([[from, middle]]);
  for (const target of ["a", "none of these", ""])
    expect(await foundBy({ ...one, breakdown: ["target"], where: { target } })).toEqual([[middle]]);
});

test("a month says how many of its days hold a breakdown", async () => {
  await lake.clear();
  await lake.add([click(from, "a"), click(middle, "a"), click(to, "a")]);
  await lake.rollUp(catalog, days);
  await lake.rollUpMonth("2026-02");
  const months = { from: "2026-02-01", months: new Set(["2026-02"]) };
  const one = { ...range, ...months, metric: metric("visitors"), breakdown: [], where: {}, by: [], series: false };
  expect(await foundBy(one)).toEqual([["2026-02:2", to].sort()]);
  expect(await foundBy({ ...one, series: true })).toEqual([["2026-02:2", to].sort(), [from, middle, to]]);
});

test("sketches come of the largest groups alone, and of none when the present adds nothing", async () => {
  await lake.clear();
  const visits = Array.from({ length: 100 }, (_, i) => ({
    ...click(middle, `t${i}`),
    country: `c${i}`,
    visitor_register: i,
    visitor_rank: 1,
  }));
  await lake.add([...visits, { ...visits[99]!, event_id: "more", visitor_register: 4000 }]);
  await lake.rollUp(catalog, [middle]);
  const one = {
    ...range,
    metric: metric("visitors"),
    breakdown: ["country"] as const,
    where: {},
    by: ["country"] as const,
    series: false,
  };
  const sketched = async (question: HistoryQuestion) =>
    (await lake.ask(metricHistory(question))).filter(({ sketch }) => sketch !== null).map(({ key }) => key);
  expect(await sketched(one)).toHaveLength(65);
  expect((await sketched(one)).slice(0, 2)).toEqual([null, "c99"]);
  expect(await sketched({ ...one, sketches: false })).toEqual([]);
  expect(await sketched({ ...one, only: ["c1", "c2"] })).toEqual([null, "c1", "c2"]);
});

test("days that were sealed before sketches were packed are read with the others", async () => {
  await lake.clear();
  const visit = { ...click(middle, "a"), visitor_register: 7, visitor_rank: 2, country: "KR" };
  await lake.add([visit, { ...visit, event_id: "e2", visitor_register: 8 }]);
  await lake.rollUp(catalog, [middle]);
  await lake.run(`insert into rollups by name select * from (values
    ('clicks', '', '', null, 5, '${from}'),
    ('clicks', 'target', 'a', null, 5, '${from}'),
    ('visitors', '', '', 7, 3, '${from}'),
    ('visitors', '', '', 4095, 1, '${from}'),
    ('visitors', 'country', 'KR', 7, 3, '${from}')) as old (metric, dimensions, keys, register, value, dt)`);
  const one = {
    ...range,
    metric: metric("clicks"),
    breakdown: ["target"] as const,
    where: {},
    by: ["target"] as const,
    series: true,
  };
  expect(Object.fromEntries(await fromRollups(one))).toEqual({
    total: 6n + 1n,
    "group a": 7n,
    [`day ${from}`]: 5n,
    [`day ${middle}`]: 2n,
  });
  const all = { ...one, metric: metric("visitors"), breakdown: [], by: [] };
  expect(Object.fromEntries(await fromRollups(all))).toEqual({ total: 3n, [`day ${from}`]: 2n, [`day ${middle}`]: 2n });
  const byCountry = { ...all, breakdown: ["country"] as const, by: ["country"] as const };
  expect((await fromRollups(byCountry)).get("group KR")).toBe(2n);
});
