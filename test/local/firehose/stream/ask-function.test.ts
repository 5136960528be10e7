import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Invoke } from "../../../../local/endpoint/aws-error.ts";
import {
  askFunction,
  failureLine,
  judgeAnswer,
  type Outcome,
  type TransformOptions,
} from "../../../../local/firehose/stream/ask-function.ts";

const records = ["a", "b", "c"].map((text, index) => ({
  recordId: `id-${text}`,
  arrival: 1000 + index,
  data: Buffer.from(text),
}));
const ok = (recordId: string, dt: unknown = "2026-11-22", data: unknown = "eA==") => ({
  recordId,
  result: "Ok",
  data,
  metadata: { partitionKeys: { dt } },
});
const allOk = { records: records.map(({ recordId }) => ok(recordId)) };

function results(outcomes: Outcome[]): string[] {
  return outcomes.map((outcome) => (outcome.result === "failed" ? outcome.code : outcome.result));
}

describe("judgeAnswer", () => {
  test("takes Ok with its data and partition, drops Dropped, fails ProcessingFailed, whatever the order", () => {
    const answers = [
      { recordId: "id-c", result: "ProcessingFailed" },
      { recordId: "id-b", result: "Dropped", data: "" },
      ok("id-a"),
    ];
    const outcomes = judgeAnswer(records, { records: answers }, ["dt"]);
    expect(results(outcomes)).toEqual(["ok", "dropped", "Lambda.ProcessingFailedStatus"]);
    expect(outcomes[0]).toMatchObject({ data: Buffer.from("x"), keys: { dt: "2026-11-22" } });
  });

  test("fails records that are missing or returned twice, and ignores unknown ones", () => {
    const outcomes = judgeAnswer(records, { records: [ok("id-a"), ok("id-b"), ok("id-b"), ok("id-z")] }, ["dt"]);
    expect(results(outcomes)).toEqual(["ok", "Lambda.DuplicatedRecordId", "Lambda.MissingRecordId"]);
  });

  test.each([undefined, null, "", 7, "..", "a/../b", "x".repeat(300), { dt: "x" }])(
    "fails a record whose partition key is %j",
    (dt) => {
      const answer = { records: [ok("id-a", dt ?? null)] };
      expect(results(judgeAnswer(records.slice(0, 1), answer, ["dt"]))).toEqual([
        "DynamicPartitioning.MissingPartitionKey",
      ]);
    },
  );

  test.each([null, undefined, 7, {}])("fails an Ok record whose data is %j", (data) => {
    const answer = { records: [{ ...ok("id-a"), data }] };
    expect(results(judgeAnswer(records.slice(0, 1), answer, ["dt"]))).toEqual(["Lambda.InvalidReturnFormat"]);
  });

  test.each([null, undefined, "x", 7, [], {}, { records: "x" }])(
    "fails every record when the answer is %j",
    (answer) => {
      expect(new Set(results(judgeAnswer(records, answer, ["dt"])))).toEqual(new Set(["Lambda.InvalidReturnFormat"]));
    },
  );

  test("gives one outcome per record for any answer and never throws", () => {
    const one = fc.record(
      {
        recordId: fc.constantFrom("id-a", "id-b", "id-c", "id-z"),
        result: fc.constantFrom("Ok", "Dropped", "ok", 7),
        data: fc.anything(),
        metadata: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ records: fc.array(fc.oneof(one, fc.anything())) })), (answer) => {
        expect(judgeAnswer(records, answer, ["dt"]).map(({ record }) => record)).toEqual(records);
      }),
    );
  });
});

describe("askFunction", () => {
  const options = (invoke: Invoke, changes: Partial<TransformOptions> = {}): TransformOptions => ({
    streamArn: "arn:aws:firehose:eu-west-1:1:deliverystream/s",
    functionName: "f",
    numberOfRetries: 2,
    keys: ["dt"],
    invoke,
    before: () => undefined,
    after: () => undefined,
    retryDelayMs: 1,
    signal: new AbortController().signal,
    ...changes,
  });

  test("gives the function Firehose's event, and the same records again when it fails", async () => {
    const events: { invocationId?: string }[] = [];
    const outcomes = await askFunction(
      records,
      options(async (name, payload) => {
        expect(name).toBe("f");
        events.push(payload as object);
        if (events.length < 3)
          return { payload: { errorType: "Error", errorMessage: "no" }, functionError: "Unhandled" };
        return { payload: allOk };
      }),
    );
    expect(results(outcomes)).toEqual(["ok", "ok", "ok"]);
    expect(events[0]).toEqual({
      invocationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      deliveryStreamArn: "arn:aws:firehose:eu-west-1:1:deliverystream/s",
      region: "eu-west-1",
      records: [
        { recordId: "id-a", approximateArrivalTimestamp: 1000, data: "YQ==" },
        { recordId: "id-b", approximateArrivalTimestamp: 1001, data: "Yg==" },
        { recordId: "id-c", approximateArrivalTimestamp: 1002, data: "Yw==" },
      ],
    });
    for (const event of events) expect({ ...event, invocationId: "" }).toEqual({ ...events[0], invocationId: "" });
  });

  test("fails the whole batch when the retries are used up", async () => {
    let calls = 0;
    const outcomes = await askFunction(
      records,
      options(async () => {
        calls++;
        if (calls === 2) throw new Error("network");
        return { payload: { errorType: "TypeError", errorMessage: "x is undefined" }, functionError: "Unhandled" };
      }),
    );
    expect(calls).toBe(3);
    expect(outcomes[1]).toMatchObject({
      result: "failed",
      code: "Lambda.FunctionError",
      message: "TypeError: x is undefined",
      attempts: 3,
    });
  });

  test("does not ask again after an answer in a wrong shape", async () => {
    let calls = 0;
    const outcomes = await askFunction(
      records,
      options(async () => ({ payload: { calls: ++calls } })),
    );
    expect(calls).toBe(1);
    expect(results(outcomes)[0]).toBe("Lambda.InvalidReturnFormat");
  });

  test("fails an answer of more than 6 MB like the function itself", async () => {
    const data = "A".repeat(6_400_000);
    const outcomes = await askFunction(
      records,
      options(async () => ({ payload: { records: [ok("id-a", "d", data)] } })),
    );
    expect(outcomes[0]).toMatchObject({
      code: "Lambda.FunctionError",
      message: expect.stringContaining("payload size exceeded"),
      attempts: 3,
    });
  });

  test("rejects when the stream stops, even while the function runs", async () => {
    const stop = new AbortController();
    const pending = askFunction(
      records,
      options(() => new Promise(() => {}), { signal: stop.signal }),
    );
    stop.abort();
    await expect(pending).rejects.toThrow("aborted");
  });
});

test("failureLine has the shape that Firehose writes", () => {
  const outcome = {
    result: "failed",
    record: { recordId: "i", arrival: 5, data: Buffer.from("FAIL") },
    code: "C",
    message: "m",
    attempts: 1,
  } as const;
  expect(JSON.parse(failureLine(outcome, "arn:f", 9))).toEqual({
    rawData: "RkFJTA==",
    errorCode: "C",
    errorMessage: "m",
    attemptsMade: 1,
    arrivalTimestamp: 5,
    attemptEndingTimestamp: 9,
    lambdaARN: "arn:f",
  });
});
