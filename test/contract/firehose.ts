/**
 * What Daymark relies on in Firehose's protocol, as cases for any endpoint: what is accepted, what is refused and how.
 * The records are small JSON documents that fit no table, so on a real stage they end up under the error prefix.
 */
import {
  DescribeDeliveryStreamCommand,
  type FirehoseClient,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { expect } from "vitest";

export type FirehoseTarget = { client: FirehoseClient; stream: string };
type Case = (target: FirehoseTarget) => Promise<void>;

const record = { Data: Buffer.from('{"contract":true}\n') };
const bytes = (length: number) => ({ Data: Buffer.alloc(length, 0x20) });

function putBatch({ client, stream }: FirehoseTarget, Records: { Data: Uint8Array }[]) {
  return client.send(new PutRecordBatchCommand({ DeliveryStreamName: stream, Records }));
}

export const firehoseCases: Record<string, Case> = {
  "PutRecord answers with a record id": async ({ client, stream }) => {
    const { RecordId } = await client.send(new PutRecordCommand({ DeliveryStreamName: stream, Record: record }));
    expect(RecordId).toMatch(/\S/);
  },
  "PutRecordBatch answers with an id of its own for each record, in order": async (target) => {
    const answer = await putBatch(target, [record, record, record]);
    expect(answer.FailedPutCount).toBe(0);
    const ids = answer.RequestResponses?.map(({ RecordId }) => RecordId) ?? [];
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  },
  "PutRecordBatch takes 500 records": async (target) => {
    const answer = await putBatch(
      target,
      Array.from({ length: 500 }, () => record),
    );
    expect(answer.RequestResponses).toHaveLength(500);
  },
  "PutRecordBatch takes a record of 1,000 KiB": async (target) => {
    expect((await putBatch(target, [bytes(1_024_000)])).FailedPutCount).toBe(0);
  },
  "PutRecordBatch refuses 501 records": async (target) => {
    const tooMany = putBatch(
      target,
      Array.from({ length: 501 }, () => record),
    );
    await expect(tooMany).rejects.toMatchObject({ name: "ValidationException", $metadata: { httpStatusCode: 400 } });
  },
  "PutRecordBatch refuses no records": async (target) => {
    await expect(putBatch(target, [])).rejects.toMatchObject({ name: "ValidationException" });
  },
  "PutRecordBatch refuses a record of more than 1,000 KiB": async (target) => {
    await expect(putBatch(target, [record, bytes(1_024_001)])).rejects.toMatchObject({ name: "ValidationException" });
  },
  "PutRecordBatch refuses more than 4 MiB in one call": async (target) => {
    const tooLarge = putBatch(target, [1, 2, 3, 4].map(() => bytes(1_024_000)).concat(bytes(200_000)));
    await expect(tooLarge).rejects.toMatchObject({
      name: "InvalidArgumentException",
      $metadata: { httpStatusCode: 400 },
    });
  },
  "a stream that does not exist is a ResourceNotFoundException": async ({ client }) => {
    const nowhere = { client, stream: "daymark-no-such-stream" };
    const expected = { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 400 } };
    await expect(putBatch(nowhere, [record])).rejects.toMatchObject(expected);
    const describe = client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: nowhere.stream }));
    await expect(describe).rejects.toMatchObject(expected);
  },
  "a name that cannot be a stream's is a ValidationException": async ({ client }) => {
    await expect(putBatch({ client, stream: "no/stream" }, [record])).rejects.toMatchObject({
      name: "ValidationException",
    });
  },
  "DescribeDeliveryStream tells of an active stream to S3": async ({ client, stream }) => {
    const answer = await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream }));
    expect(answer.DeliveryStreamDescription).toMatchObject({
      DeliveryStreamName: stream,
      DeliveryStreamARN: expect.stringMatching(new RegExp(`^arn:aws[a-z-]*:firehose:.+:deliverystream/${stream}$`)),
      DeliveryStreamStatus: "ACTIVE",
      DeliveryStreamType: "DirectPut",
      CreateTimestamp: expect.any(Date),
      HasMoreDestinations: false,
    });
    const s3 = answer.DeliveryStreamDescription?.Destinations?.[0]?.ExtendedS3DestinationDescription;
    expect(s3?.BucketARN).toMatch(/^arn:aws[a-z-]*:s3:::/);
    expect(s3?.BufferingHints?.IntervalInSeconds).toEqual(expect.any(Number));
  },
  "ListDeliveryStreams lists the stream, a page at a time": async ({ client, stream }) => {
    const names: string[] = [];
    for (let more = true; more; ) {
      const after = names.at(-1);
      const page = await client.send(
        new ListDeliveryStreamsCommand({ Limit: 1, ...(after ? { ExclusiveStartDeliveryStreamName: after } : {}) }),
      );
      names.push(...(page.DeliveryStreamNames ?? []));
      more = page.HasMoreDeliveryStreams ?? false;
    }
    expect(names).toContain(stream);
    expect(names).toEqual([...new Set(names)]);
  },
};
