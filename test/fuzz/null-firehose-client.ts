/** Replaces src/aws/firehose-client.ts in the long fuzz run: accepts every record and stores none. */
import type { PutRecordBatchCommand } from "@aws-sdk/client-firehose";

export function createFirehoseClient() {
  return {
    send: async ({ input }: PutRecordBatchCommand) => ({
      FailedPutCount: 0,
      RequestResponses: (input.Records ?? []).map(() => ({ RecordId: "r" })),
    }),
  };
}
