/**
 * An event of a request that is sent again counts once after the seal, on the day of the copy that counted before it:
 * whenever the copies arrive while the minute in the request's id is believed, by whatever clock, whether they say when
 * they were sent or repeat what they said first, and in whatever order the stream gets them.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Athena, AthenaRow, RowSchema } from "../../src/athena-queries/athena.ts";
import { dailyEvents } from "../../src/athena-queries/daily-events.ts";
import { rollupStatements } from "../../src/athena-queries/rollup-statements.ts";
import type { Sql } from "../../src/athena-queries/sql.ts";
import { createRowCounts } from "../../src/batch/count-rows.ts";
import { collect } from "../../src/collect/collect.ts";
import { answerBatch } from "../../src/stream/answer-batch.ts";
import { findRepeats } from "../../src/stream/find-repeats.ts";
import { emptyPage } from "../../src/stream/known-page.ts";
import { readBatch } from "../../src/stream/read-batch.ts";
import { sentRecords } from "../../src/stream/sent-records.ts";
import { createRandom, timedUuid } from "../../tools/random.ts";
import { type LakeRow, openLake } from "../athena-queries/lake.ts";
import { recordOf } from "../fixtures/event-rows.ts";
import { createLedger } from "../fixtures/memory-ledger.ts";
import { lawRuns } from "./law-runs.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const made = Date.parse("2027-03-10T15:00:00+09:00");
const timezone = "Asia/Seoul";
const statements = rollupStatements([], "lake-1", timezone);

let lake: Awaited<ReturnType<typeof openLake>>;
beforeAll(async () => {
  lake = await openLake();
});
afterAll(() => lake[Symbol.asyncDispose]());

const requests = fc.record({
  /** When the copies arrive after the minute in the id (ms), in the order in which the stream gets them. */
  arrivals: fc.uniqueArray(fc.integer({ min: 1 - HOUR, max: 8 * DAY - 1 }), { minLength: 2, maxLength: 4 }),
  clockOff: fc.oneof(fc.constant(0), fc.integer({ min: -20 * DAY, max: 20 * DAY })),
  sentAt: fc.constantFrom("new", "old", "none"),
  /** How long before the first try the events happened, by the client's clock. */
  ages: fc.array(fc.option(fc.integer({ min: -DAY, max: 10 * DAY }), { nil: undefined }), {
    minLength: 1,
    maxLength: 3,
  }),
  maxLatenessDays: fc.constantFrom(7, 7, 0, 30),
});
type Request = typeof requests extends fc.Arbitrary<infer R> ? R : never;

test("an event of a request that is sent again counts once, on the day of the copy that counted first", async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const rows = await storedRows(request);
      await lake.clear();
      await lake.add(rows);
      const days = [...new Set(rows.map(({ dt }) => dt))];
      const { rows: unmet } = await createRowCounts({ athena, statements }).countUnmet(days);
      const sealed: string[] = [];
      for (const day of days) {
        const written = await lake.ask(
          dailyEvents(day, "events", unmet.get(day) === 0 ? "never count" : "count if alone"),
        );
        sealed.push(...written.map(({ event_id }) => `${event_id} ${day}`));
      }
      const counted = rows.filter(({ is_copy }) => !is_copy).map(({ event_id, dt }) => `${event_id} ${dt}`);
      expect(counted).toHaveLength(request.ages.length);
      expect(sealed.sort()).toEqual(counted.sort());
    }),
    { numRuns: lawRuns },
  );
}, 900_000);

/** What the lake holds of all copies, each of which comes in a batch of its own. */
async function storedRows(request: Request): Promise<LakeRow[]> {
  const { ledger } = createLedger(1000);
  const rows: LakeRow[] = [];
  for (const after of request.arrivals) {
    const batch = readBatch(recordsOf(request, made + after));
    const repeats = await findRepeats(ledger, emptyPage, { id: batch.id, expires: 0 }, sentRecords(batch));
    for (const { data, metadata } of answerBatch(batch, repeats))
      for (const line of Buffer.from(data, "base64").toString().trim().split("\n"))
        rows.push({ ...JSON.parse(line), dt: metadata?.partitionKeys.dt });
  }
  return rows;
}

function recordsOf({ arrivals, clockOff, sentAt, ages, maxLatenessDays }: Request, now: number) {
  const first = made + Math.min(...arrivals);
  const iso = (instant: number) => new Date(instant + clockOff).toISOString();
  const body = JSON.stringify({
    batch_id: timedUuid(createRandom(1), made),
    ...(sentAt !== "none" && { sent_at: iso(sentAt === "new" ? now : first) }),
    events: ages.map((age) => ({ name: "sign_up", ...(age !== undefined && { occurred_at: iso(first - age) }) })),
  });
  const caller = { app: "web", trusted: false };
  const { accepted } = collect(
    { body, caller, address: "203.0.113.9", userAgent: "", country: undefined, acceptLanguage: "" },
    { now, newId: () => "none", timezone, visitorSalt: "salt", maxLatenessDays, eventsStreams: ["events"] },
  );
  return accepted.map((bytes) => ({ ...recordOf([], { arrived: now }), data: Buffer.from(bytes).toString("base64") }));
}

const athena = {
  run: async (query: Sql, { schema }: { schema: RowSchema<unknown> }) =>
    (await lake.ask(query)).map((row) => schema.parse(row as AthenaRow)),
} as unknown as Athena;
