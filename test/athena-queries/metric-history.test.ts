import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HistoryQuestion, metricHistory } from "../../src/athena-queries/metric-history.ts";
import { catalog, findMetric } from "../../src/metrics/catalog.ts";
import type { Dimension, Metric } from "../../src/metrics/define-metric.ts";
import { estimateOf, fromCodes } from "../../src/metrics/distinct-sketch.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import { joinKey, splitKey } from "../../src/metrics/key.ts";
import { mergePartials, type Partial, toNumber } from "../../src/metrics/merge.ts";
import type { EventRow } from "../../src/schemas/event-columns.ts";
import { eventRows } from "../fixtures/event-rows.ts";
import { dayIncrements, type Increment } from "../fixtures/increments.ts";
import { openLake } from "./lake.ts";

let lake: Awaited<ReturnType<typeof openLake>>;
const days = ["2026-02-27", "2026-02-28", "2026-03-01"];

beforeAll(async () => {
  lake = await openLake();
});
afterAll(() => lake[Symbol.asyncDispose]());

function metric(name: string): Metric {
  const found = findMetric(name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
}

const [from = "", middle = "", to = ""] = days;
const range = { from, to, except: [], months: new Map<string, string>() };

const recorded: Record<string, HistoryQuestion> = {
  "history-of-a-count": { ...range, metric: metric("clicks"), set: [], where: {}, by: [], series: false },
  "history-of-a-count-by-day-and-target": {
    ...range,
    except: [middle],
    metric: metric("clicks"),
    set: ["target", "device"],
    where: { device: "mobile" },
    by: ["target"],
    series: true,
  },
  "history-of-years": {
    ...range,
    from: "2026-01-15",
    months: new Map([["2026-02", "r1"]]),
    metric: metric("clicks"),
    set: ["target"],
    where: {},
    by: ["target"],
    series: false,
  },
  "history-of-a-sum": {
    ...range,
    metric: metric("revenue"),
    set: ["currency"],
    where: { currency: "KRW" },
    by: [],
    series: true,
  },
  "history-of-a-distinct-count": { ...range, metric: metric("visitors"), set: [], where: {}, by: [], series: false },
  "history-of-a-distinct-count-by-day": {
    ...range,
    from: "2026-01-15",
    months: new Map([["2026-02", "r1"]]),
    metric: metric("visitors"),
    set: [],
    where: {},
    by: [],
    series: true,
  },
  "history-of-a-distinct-count-by-day-and-country": {
    ...range,
    metric: metric("visitors"),
    set: ["country"],
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

/** The question's answer from the events themselves: number by `total`, `group <key>` and `day <day>`. */
function truth(events: readonly EventRow[], question: HistoryQuestion) {
  const increments = createIncrements(catalog, "UTC");
  for (const row of events) if (inRange(row.day, question)) increments.add(row, false);
  const answer = new Map<string, Partial>();
  for (const one of dayIncrements(increments).filter((increment) => asked(increment, question))) {
    const values = splitKey(one.key, question.set.length);
    const group = joinKey(values.filter((_, i) => question.by.includes(question.set[i] ?? "app")));
    const places = [
      "total",
      ...(question.by.length > 0 ? [`group ${group}`] : []),
      ...(question.series ? [`day ${one.bucket}`] : []),
    ];
    for (const place of places) {
      const known = answer.get(place);
      answer.set(place, known === undefined ? one.value : mergePartials(known, one.value));
    }
  }
  return new Map([...answer].map(([place, value]) => [place, toNumber(value)]));
}

function inRange(day: string, question: HistoryQuestion) {
  return day >= question.from && day <= question.to && !question.except.includes(day);
}

function asked({ metric, set, key }: Increment, question: HistoryQuestion) {
  if (metric !== question.metric.name || set !== question.set.join("+")) return false;
  const values = splitKey(key, question.set.length);
  return question.set.every((dimension, i) => (question.where[dimension] ?? values[i]) === values[i]);
}

/** The same from the rollups. */
async function fromRollups(question: HistoryQuestion) {
  const rows = await lake.ask(metricHistory(question));
  const numbers = rows.flatMap(({ dt, key, value }): [string, bigint][] => {
    if (value === null) return [];
    const place = key !== null ? `group ${key}` : dt !== null ? `day ${dt}` : "total";
    return [
      [place, question.metric.value.kind === "distinct" ? distinct(String(value), dt !== null) : BigInt(String(value))],
    ];
  });
  return new Map(numbers);
}

function distinct(text: string, histogram: boolean): bigint {
  const parts = text.split(" ");
  if (!histogram) return toNumber(fromCodes(parts.map(Number)));
  return BigInt(estimateOf(new Map(parts.map((part) => part.split(":").map(Number) as [number, number]))));
}

const question: fc.Arbitrary<HistoryQuestion> = fc
  .constantFrom(...catalog)
  .chain((metric) => fc.record({ metric: fc.constant(metric), set: fc.constantFrom(...metric.sets) }))
  .chain(({ metric, set }) =>
    fc.record({
      metric: fc.constant(metric),
      set: fc.constant(set),
      filters: fc.array(fc.constantFrom("web", "a+b", "50%", "#1", "KRW", "200", "mobile", "it's", "", undefined), {
        minLength: set.length,
        maxLength: set.length,
      }),
      series: fc.boolean(),
      from: fc.constantFrom("2026-02-01", from, middle),
      to: fc.constantFrom(middle, to),
      except: fc.subarray(days),
      months: fc.constantFrom(new Map<string, string>(), new Map([["2026-02", "r1"]])),
    }),
  )
  .map(({ filters, set, ...rest }) => {
    const where = Object.fromEntries(set.flatMap((d, i) => (filters[i] === undefined ? [] : [[d, filters[i]]])));
    const by: Dimension[] = set.filter((dimension) => where[dimension] === undefined);
    return { ...rest, set, where, by };
  });

test("any question to the rollups is answered as from the events themselves", async () => {
  const events = fc.array(eventRows(days), { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(events, fc.array(question, { minLength: 25, maxLength: 25 }), async (rows, questions) => {
      await lake.clear();
      await lake.add(rows.map((row) => ({ ...row, dt: row.day })));
      await lake.rollUp(catalog, days);
      await lake.rollUpMonth({ from: "2026-02-01", to: "2026-02-28" }, "2026-02-r1");
      for (const one of questions) expect(await fromRollups(one)).toEqual(truth(rows, one));
    }),
    { numRuns: 12 },
  );
});

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
    set: ["target"],
    where: {},
    by: ["target"],
    series: true,
  });
  expect(answer.get("total")).toBe(10_210n);
  expect(answer.get(`day ${middle}`)).toBe(10_210n);
  expect([answer.get("group often"), answer.get("group more")]).toEqual([100n, 100n]);
  expect([...answer.keys()].filter((place) => place.startsWith("group"))).toHaveLength(10_002);
});
