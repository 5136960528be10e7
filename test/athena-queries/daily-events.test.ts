import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dailyEvents } from "../../src/athena-queries/daily-events.ts";
import { reusedIds } from "../../src/athena-queries/reused-ids.ts";
import { markedCopies, unmetCopies } from "../../src/athena-queries/unmet-copies.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { eventRows } from "../fixtures/event-rows.ts";
import { lawRuns } from "../laws/law-runs.ts";
import { type LakeRow, openLake } from "./lake.ts";

let lake: Awaited<ReturnType<typeof openLake>>;
const days = ["2026-02-27", "2026-02-28", "2026-03-01"];
const [before = "", day = "", after = ""] = days;

beforeAll(async () => {
  lake = await openLake();
});
afterAll(() => lake[Symbol.asyncDispose]());

const click = (row: Partial<LakeRow> = {}): LakeRow => ({
  event_id: "e1",
  name: "click",
  app: "web",
  day,
  occurred_at: `${day}T10:00:00.000Z`,
  received_at: `${day}T10:00:00.000Z`,
  dt: row.day ?? day,
  ...row,
});

const idsOf = async (of: string, source: "events" | "both" = "events") =>
  (await lake.ask(dailyEvents(of, source))).map(({ event_id }) => event_id);

test("the queries are the ones recorded", async () => {
  await expect(dailyEvents(day, "events").text).toMatchFileSnapshot("sql/daily-events.sql");
  await expect(reusedIds([day]).text).toMatchFileSnapshot("sql/reused-ids.sql");
  await expect(markedCopies([day]).text).toMatchFileSnapshot("sql/marked-copies.sql");
  await expect(unmetCopies([day], "beside").text).toMatchFileSnapshot("sql/unmet-copies.sql");
  await expect(unmetCopies([day], "anywhere").text).toMatchFileSnapshot("sql/unmet-copies-anywhere.sql");
  await expect(dailyEvents(day, "both").text).toMatchFileSnapshot("sql/daily-events-again.sql");
  await expect(dailyEvents(day, "events", "never count").text).toMatchFileSnapshot(
    "sql/daily-events-without-copies.sql",
  );
});

test("each event of the lake is there once, whatever copies there are of it on its day and the next ones", async () => {
  const own = ({ app, event_id }: Record<string, unknown>) => `${app} ${event_id}`;
  const few = fc.tuple(eventRows([before, day, after]), fc.nat(9)).map(([row, id]) => ({ ...row, event_id: `e${id}` }));
  const rows = fc.uniqueArray(few, { maxLength: 20, selector: own });
  const copies = fc.array(fc.record({ of: fc.nat(), next: fc.boolean(), marked: fc.boolean() }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(rows, copies, async (all, again) => {
      const extra = again.flatMap(({ of, next, marked }): LakeRow[] => {
        const row = all[of % Math.max(1, all.length)];
        if (row === undefined) return [];
        const on = next && row.day !== after ? days[days.indexOf(row.day) + 1]! : row.day;
        return [{ ...row, day: on, dt: on, is_copy: marked, received_at: `${after}T23:00:00.000Z` }];
      });
      await lake.clear();
      await lake.add([...extra, ...all.map((row) => ({ ...row, dt: row.day }))]);
      const written = (await Promise.all(days.map((of) => lake.ask(dailyEvents(of, "events"))))).flat();
      expect(written.map(own).sort()).toEqual(all.map(own).sort());
    }),
    { numRuns: Math.ceil(lawRuns / 2) },
  );
}, 3_600_000);

test("an event never hides another app's event with the same id, whichever came first and whatever its name", async () => {
  await lake.clear();
  const theirs = click({ app: "server", name: "payment", amount: 50_000, received_at: `${day}T11:00:00.000Z` });
  await lake.add([
    click({ name: "login", day: before, dt: before, received_at: `${before}T01:00:00.000Z` }),
    click({ app: "shop", is_copy: true }),
    theirs,
    { ...theirs, is_copy: true },
  ]);
  const written = await lake.ask(dailyEvents(day, "events"));
  expect(written.map(({ app, name }) => [app, name])).toEqual([
    ["shop", "click"],
    ["server", "payment"],
  ]);
  const [reused] = await lake.ask(reusedIds([day]));
  expect(reused).toEqual({ dt: day, rows: "1" });
});

test("an event is unmet where there are only copies of it that do not count, on its day and beside it", async () => {
  await lake.clear();
  const copy = (id: string, on = day) => click({ event_id: id, is_copy: true, day: on, dt: on });
  const counting = (id: string, on = day) => click({ event_id: id, day: on, dt: on });
  await lake.add([copy("e1"), counting("e1"), copy("e2"), counting("e2", before), copy("e3"), counting("e3", after)]);
  expect(await lake.ask(unmetCopies([day], "beside"))).toEqual([]);
  expect(await lake.ask(markedCopies([before, day, after]))).toEqual([{ dt: day, rows: "3" }]);
  await lake.add([copy("e4"), copy("e4"), copy("e5"), click({ event_id: "e5", app: "shop" }), counting("e6")]);
  for (const where of ["beside", "anywhere"] as const)
    expect(await lake.ask(unmetCopies([before, day, after], where))).toEqual([{ dt: day, rows: "2" }]);
});

test.each([-39, -8, -2, 2, 15, 39])(
  "a copy is met by the one that counts %i days on, raw or written at the seal",
  async (by) => {
    const far = addDays(day, by);
    const counting = { event_id: "e1", day: far, dt: far };
    const copies = [click({ is_copy: true }), click({ is_copy: true, app: "shop" }), click({ event_id: "e2" })];
    await lake.clear();
    await lake.add([...copies, click(counting)]);
    expect(await lake.ask(unmetCopies([day], "beside"))).toEqual([{ dt: day, rows: "2" }]);
    expect(await lake.ask(unmetCopies([day], "anywhere"))).toEqual([{ dt: day, rows: "1" }]);
    await lake.writeEvents([far]);
    await lake.run(`delete from events where dt = '${far}'`);
    expect(await lake.ask(unmetCopies([day], "anywhere"))).toEqual([{ dt: day, rows: "1" }]);
  },
);

test("marked copies count on a day that has nothing else of their events, unless the one that counts is elsewhere", async () => {
  await lake.clear();
  await lake.add([click({ is_copy: true }), click({ event_id: "e2", is_copy: true }), click({ event_id: "e2" })]);
  expect(await idsOf(day)).toEqual(["e1", "e2"]);
  const written = await lake.ask(dailyEvents(day, "events", "never count"));
  expect(written.map(({ event_id }) => event_id)).toEqual(["e2"]);
});

test("events keep every column, and are sorted by name and time", async () => {
  const later = click({
    event_id: "e2",
    occurred_at: `${day}T11:00:00.000Z`,
    properties: '{"a": "\ufeffb"}',
    amount: 5,
  });
  const view = click({ event_id: "e0", name: "view", url: "https://example.com/" });
  await lake.clear();
  await lake.add([view, later, click()]);
  const written = await lake.ask(dailyEvents(day, "events"));
  expect(written.map(({ event_id }) => event_id)).toEqual(["e1", "e2", "e0"]);
  expect(written[1]).toMatchObject({ properties: '{"a": "\ufeffb"}', amount: "5", occurred_at: `${day} 11:00:00` });
  expect(Object.keys(written[0]!)).not.toContain("dt");
});

test("what was written before stays when its raw events have expired, and late ones join it", async () => {
  await lake.clear();
  await lake.add([click(), click({ event_id: "e2" }), click({ event_id: "e3", day: after, dt: after })]);
  await lake.writeEvents([day, after]);
  await lake.run("truncate events");
  await lake.add([
    click({ event_id: "late" }),
    click({ event_id: "e2", is_copy: true, received_at: `${after}T00:00:00.000Z` }),
    click({ event_id: "e3", is_copy: true }),
  ]);
  expect(await idsOf(day, "both")).toEqual(["e1", "e2", "late"]);
  expect(await idsOf(day, "events")).toEqual(["e2", "e3", "late"]);
});
