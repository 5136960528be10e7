/**
 * What Firehose gets back for a batch: every record, with copies marked.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
 */
import { markCopies } from "../schemas/tables/lake-lines.ts";
import type { Repeats } from "./count-batch.ts";
import type { Batch } from "./read-batch.ts";

/** A record as Firehose wants it back. `data` is always included: without it Firehose may fail the whole batch. */
export type FirehoseResult = {
  recordId: string;
  result: "Ok" | "ProcessingFailed";
  data: string;
  metadata?: { partitionKeys: { dt: string } };
};

/**
 * The answer to Firehose: each record once, unchanged except for the marks on copies, with the partition it belongs to.
 */
export function answerBatch({ records }: Batch, repeats: Repeats): FirehoseResult[] {
  return records.map((record) => {
    const { recordId, data } = record;
    if (record.kind === "unreadable") return { recordId, result: "ProcessingFailed", data };
    const metadata = { partitionKeys: { dt: record.day } };
    const copies = repeats.get(recordId);
    return { recordId, result: "Ok", data: copies === undefined ? data : withMarks(data, copies), metadata };
  });
}

function withMarks(data: string, copies: ReadonlySet<number>): string {
  return Buffer.from(markCopies(Buffer.from(data, "base64").toString("utf8"), copies)).toString("base64");
}
