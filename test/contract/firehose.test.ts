/**
 * Firehose's contract, on the local Firehose or on the stream DAYMARK_CONTRACT_STREAM of the endpoint
 * DAYMARK_CONTRACT_ENDPOINT. Cases that need faults, which only the local one has, come last.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FirehoseClient, PutRecordBatchCommand, PutRecordCommand } from "@aws-sdk/client-firehose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../local/duckdb/database.ts";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";
import { startFirehose } from "../../local/firehose/service.ts";
import { passThrough, streamDescription } from "../local/firehose/fixtures.ts";
import { type FirehoseTarget, firehoseCases } from "./firehose.ts";

const { DAYMARK_CONTRACT_ENDPOINT: endpoint, DAYMARK_CONTRACT_STREAM: contractStream = "events" } = process.env;
const stack = new AsyncDisposableStack();
const faults = createFaults();
let target: FirehoseTarget;

beforeAll(async () => {
  target =
    endpoint === undefined ? await startLocal() : { client: new FirehoseClient({ endpoint }), stream: contractStream };
}, 60_000);
afterAll(() => stack.disposeAsync());

async function startLocal(): Promise<FirehoseTarget> {
  const home = await mkdtemp(join(tmpdir(), "daymark-contract-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const database = stack.use(await openDatabase({ home, threads: 1 }));
  const streams = ["events", "other"].map((name) =>
    streamDescription({ name, arn: `arn:aws:firehose:us-east-1:000000000000:deliverystream/${name}` }),
  );
  const firehose = stack.use(await startFirehose({ home, streams, invoke: passThrough, database, faults }));
  const services = [firehose.service];
  const { url } = stack.use(await startAwsEndpoint({ port: 0, services, invoke: passThrough, faults }));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new FirehoseClient({ endpoint: url, region: "us-east-1", credentials, maxAttempts: 1 });
  stack.defer(() => client.destroy());
  return { client, stream: "events" };
}

describe("Firehose", () => {
  test.each(Object.entries(firehoseCases))("%s", async (_, run) => await run(target), 60_000);
});

describe.skipIf(endpoint !== undefined)("the local Firehose", () => {
  const Records = [1, 2, 3].map(() => ({ Data: Buffer.from("{}") }));

  test("answers a partial failure with status 200, an error for each entry that failed and an id for the others", async () => {
    faults.set([{ point: "firehose.put", action: "partial", indexes: [1], times: 1 }]);
    const answer = await target.client.send(new PutRecordBatchCommand({ DeliveryStreamName: "events", Records }));
    expect(answer.FailedPutCount).toBe(1);
    expect(answer.RequestResponses).toEqual([
      { RecordId: expect.any(String) },
      { ErrorCode: "ServiceUnavailableException", ErrorMessage: expect.any(String) },
      { RecordId: expect.any(String) },
    ]);
  });

  test("answers throttling as the SDK knows it", async () => {
    faults.set([{ point: "firehose.put", action: "error", times: 2 }]);
    const expected = { name: "ServiceUnavailableException", $metadata: { httpStatusCode: 503 } };
    const Record = { Data: Buffer.from("{}") };
    await expect(
      target.client.send(new PutRecordBatchCommand({ DeliveryStreamName: "events", Records })),
    ).rejects.toMatchObject(expected);
    await expect(
      target.client.send(new PutRecordCommand({ DeliveryStreamName: "events", Record })),
    ).rejects.toMatchObject(expected);
  });

  test("hangs up when the answer is to get lost, and has stored the records", async () => {
    faults.set([{ point: "firehose.put.after", action: "error", code: "ConnectionLost", times: 1 }]);
    await expect(
      target.client.send(new PutRecordBatchCommand({ DeliveryStreamName: "events", Records })),
    ).rejects.toThrow(/socket hang up|ECONNRESET/);
  });

  test.each([
    [{ DeliveryStreamName: "events" }, "ValidationException"],
    [{ DeliveryStreamName: "events", Records: "x" }, "ValidationException"],
    [{ DeliveryStreamName: "events", Records: [{}] }, "ValidationException"],
    [{ DeliveryStreamName: "events", Records: [null] }, "ValidationException"],
    [{ DeliveryStreamName: "events", Records: [{ Data: "&&&&" }] }, "SerializationException"],
    [{ DeliveryStreamName: 7, Records: [] }, "ValidationException"],
    [{}, "ValidationException"],
    [[], "SerializationException"],
  ])("answers the body %j with %s", async (body, code) => {
    const url = await target.client.config.endpoint?.();
    const response = await fetch(`http://${url?.hostname}:${url?.port}/`, {
      method: "POST",
      headers: { "x-amz-target": "Firehose_20150804.PutRecordBatch", "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: code });
  });
});
