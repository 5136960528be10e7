/** Which of a batch's rejected events the status page shows: for each frequent reason the newest one, shortened. */
import { cleanText } from "../schemas/clean-text.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import { MOST_SAMPLES, type RejectedSample, type SampleWrite, sampleKey } from "../table/rejected-samples.ts";
import type { ReadRecord } from "./read-record.ts";

const RAW_LENGTH = 500;

/** A batch's samples: one for each of its most frequent reasons, the same in whatever order the records arrive. */
export function sampleWrites(records: readonly ReadRecord[]): SampleWrite[] {
  const rejected = records.flatMap((record) => (record.kind === "rejected" ? record.rows : []));
  const rows = rejected.filter(({ requests }) => requests === undefined);
  return [...Map.groupBy(rows, ({ reason }) => reason)]
    .sort(([a, { length: ofA }], [b, { length: ofB }]) => ofB - ofA || (a < b ? -1 : 1))
    .slice(0, MOST_SAMPLES)
    .map(([reason, some]) => ({ key: sampleKey(reason), sample: toSample(some.reduce(newer)) }));
}

function toSample({ reason, received_at, app, errors, raw }: RejectedRow): RejectedSample {
  return { reason, received_at, app, errors, raw: cleanText(raw, RAW_LENGTH) };
}

function newer(a: RejectedRow, b: RejectedRow): RejectedRow {
  return orderOf(b) > orderOf(a) ? b : a;
}

function orderOf({ received_at, app, raw }: RejectedRow): string {
  return `${received_at} ${app} ${raw}`;
}
