/**
 * What Firehose gets back of a batch: every record, with copies marked.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
 */
import type { Repeats } from "./count-batch.ts";
import type { Batch } from "./read-batch.ts";

/** A record as Firehose wants it back. `data` is always given: without it Firehose may fail the whole batch. */
export type FirehoseResult = {
  recordId: string;
  result: "Ok" | "ProcessingFailed";
  data: string;
  metadata?: { partitionKeys: { dt: string } };
};

/** The answer to Firehose: every record once, unchanged but for the mark on copies, with the partition that it belongs to. */
export function answerBatch({ records }: Batch, repeats: Repeats): FirehoseResult[] {
  return records.map((record) => {
    const { recordId, data } = record;
    if (record.kind === "unreadable") return { recordId, result: "ProcessingFailed", data };
    const metadata = { partitionKeys: { dt: record.day } };
    const copies = repeats.get(recordId);
    return { recordId, result: "Ok", data: copies === undefined ? data : markCopies(data, copies), metadata };
  });
}

/** `"is_copy":true` on the lines of copies, so that the rollup leaves out the same ones as the stream did. */
function markCopies(data: string, copies: ReadonlySet<number>): string {
  const lines = Buffer.from(data, "base64").toString("utf8").trim().split("\n");
  const marked = lines.map((line, at) => (copies.has(at) ? `{"is_copy":true,${line.trim().slice(1)}` : line));
  return Buffer.from(`${marked.join("\n")}\n`).toString("base64");
}
