/**
 * Access logs that CloudFront puts straight on an events stream, past collect: standard logging v2, as JSON. The stream
 * function has them made into the rows that collect would have put there, of the same events as lines of a file of that
 * log. A record may hold several lines: those of one day stay in its place; what Firehose could not store together with
 * them, lines of other days and rejected ones, has to be put on the streams by itself.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
 */

import { uuidFrom } from "../../schemas/stable-uuid.ts";
import { joinLines } from "../../schemas/tables/lake-lines.ts";
import { readCloudFrontObject, w3cFormat } from "../../sources/access/w3c-log.ts";
import { readRecords } from "../../sources/json-records.ts";
import type { CollectContext, Collected } from "../collect.ts";
import { lineOf, packRecords } from "../pack-records.ts";
import { eventOf, instantOf } from "./log-files.ts";
import { collectNamed } from "./named-batches.ts";

/** A record as Firehose delivers it (src/stream/read-record.ts). */
export type VendedRecord = { recordId: string; approximateArrivalTimestamp: number; data: string };

/**
 * What becomes of the records of a batch: those to be counted, in order, and those of which nothing is left in its
 * place. `accepted` are Firehose records for the events stream, `rejected` for the stream of rejected events.
 */
export type TakenVended<R extends VendedRecord> = {
  records: (R & { delivered?: string })[];
  dropped: R[];
  accepted: Uint8Array[];
  rejected: Uint8Array[];
};

export type VendedContext = Omit<CollectContext, "now">;

/**
 * What the function hands back must stay below Lambda's 6 MB, and a short line becomes a longer row: rows beyond this
 * many characters of base64 are put on the stream once more.
 */
const MOST_CHARACTERS = 5_800_000;
/** What surrounds a record's data in the answer, and more. */
const CHARACTERS_AROUND = 200;

/** Takes the logs among the records of a batch; all others stay as they are. The same batch always becomes the same. */
export function takeVended<R extends VendedRecord>(
  records: readonly R[],
  context: VendedContext,
  most = MOST_CHARACTERS,
): TakenVended<R> {
  const taken: TakenVended<R> = { records: [], dropped: [], accepted: [], rejected: [] };
  const rejected: string[] = [];
  let size = records.reduce((sum, { data }) => sum + data.length + CHARACTERS_AROUND, 0);
  for (const record of records) {
    const text = vendedText(record.data);
    if (text === undefined) {
      taken.records.push(record);
      continue;
    }
    const lines = linesOf(text, { ...context, now: record.approximateArrivalTimestamp });
    const [own = [], ...others] = Map.groupBy(lines.accepted, dayOf).values();
    const data = Buffer.from(joinLines(own)).toString("base64");
    const grown = size + data.length - record.data.length;
    const stays = own.length > 0 && grown <= most;
    if (stays) {
      size = grown;
      taken.records.push({ ...record, data, delivered: record.data });
    } else taken.dropped.push(record);
    for (const some of stays ? others : [own, ...others]) taken.accepted.push(...packRecords(some.map(lineOf)));
    // One by one: a record may have more lines than a call takes arguments.
    for (const line of lines.rejected) rejected.push(line);
  }
  taken.rejected.push(...packRecords(rejected.map(lineOf)));
  return taken;
}

// What collect writes begins with one of these fields.
const ownStart = /^\s*\{"(?:event_id|source|received_at|is_copy)":/;
const fieldOfCloudFront = /"x-edge-[a-z-]+"\s*:/;

/** Whether a record is a log of CloudFront's, and none of the stage's own. */
export function isVended({ data }: VendedRecord): boolean {
  return vendedText(data) !== undefined;
}

/** The text of a record of CloudFront's, told by the names of its fields; undefined for any other record. */
function vendedText(data: string): string | undefined {
  if (ownStart.test(Buffer.from(data.slice(0, 40), "base64").toString())) return undefined;
  const text = Buffer.from(data, "base64").toString();
  return fieldOfCloudFront.test(text) ? text : undefined;
}

/**
 * Rows, each a line of its own. Each event is a request of its own, so that its copies meet, whatever comes beside them
 * when CloudFront delivers it again.
 */
function linesOf(text: string, context: CollectContext): Record<"accepted" | "rejected", string[]> {
  // Each line alone, so that none which is cut off swallows the next.
  const records = text.split("\n").flatMap((line) => readRecords(line));
  const collected = records.map((record) => collectLine(record, context));
  const lines = (of: "accepted" | "rejected") =>
    collected.flatMap((one) => one[of].map((row) => Buffer.from(row).toString().trimEnd()));
  return { accepted: lines("accepted"), rejected: lines("rejected") };
}

function collectLine(record: unknown, context: CollectContext): Collected {
  const line = typeof record === "string" ? record : JSON.stringify(record);
  const found = typeof record === "object" && record !== null ? readCloudFrontObject(record) : undefined;
  const event = { event_id: uuidFrom("cloudfront", line), ...eventOf(line, { found, format: w3cFormat }) };
  const batch = { name: ["cloudfront", event.event_id], at: instantOf(event), events: [event] };
  return collectNamed(batch, "cloudfront", context);
}

function dayOf(line: string): string {
  return JSON.parse(line).day;
}
