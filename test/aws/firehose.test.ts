import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { putRecords } from "../../src/aws/firehose.ts";
import { createFirehoseClient } from "../../src/aws/firehose-client.ts";
import { type LoopbackFirehose, startLoopbackFirehose } from "../loopback-firehose.ts";

let firehose: LoopbackFirehose;
let client: ReturnType<typeof createFirehoseClient>;

beforeAll(async () => {
  firehose = await startLoopbackFirehose();
  vi.stubEnv("AWS_ENDPOINT_URL", firehose.url);
  vi.stubEnv("AWS_REGION", "ap-northeast-2");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  client = createFirehoseClient();
});
afterAll(async () => {
  client.destroy();
  await firehose[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});
beforeEach(() => firehose.clear());

const bytes = (...texts: string[]) => texts.map((text) => Buffer.from(text));
const put = (records: Uint8Array[], budgetMs = 3000) => putRecords(client, { stream: "s", records, budgetMs });
const storedTexts = () => firehose.stored.map(({ data }) => data.toString());

describe("putRecords", () => {
  test("puts all records with one call", async () => {
    await put(bytes("a", "b", "한"));
    expect(storedTexts()).toEqual(["a", "b", "한"]);
    expect(firehose.calls).toHaveLength(1);
  });

  test("makes no call for nothing", async () => {
    await put([]);
    expect(firehose.calls).toEqual([]);
  });

  test("sends again only the entries that failed, until all are there", async () => {
    firehose.break({ fail: [0, 2] }, { fail: [1] });
    await put(bytes("a", "b", "c"));
    expect(firehose.calls.map(({ records }) => records.map(String))).toEqual([["a", "b", "c"], ["a", "c"], ["c"]]);
    expect(storedTexts().sort()).toEqual(["a", "b", "c"]);
  });

  test("lets the SDK try a throttled or broken call again", async () => {
    firehose.break({ error: "ServiceUnavailableException", status: 503 });
    await put(bytes("a"));
    expect(storedTexts()).toEqual(["a"]);
    firehose.clear();
    firehose.break({ hangUp: true });
    await put(bytes("b"));
    expect(storedTexts()).toEqual(["b", "b"]); // the first copy was taken before the connection broke
  });

  test("gives up with an UnavailableError when entries keep failing", async () => {
    firehose.break(...Array.from({ length: 100 }, () => ({ fail: [0] })));
    const started = performance.now();
    await expect(put(bytes("a", "b"), 300)).rejects.toThrow(
      expect.objectContaining({
        name: "UnavailableError",
        message: expect.stringContaining("ServiceUnavailableException"),
      }),
    );
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(storedTexts()).toEqual(["b"]);
  });

  test("gives up at once for an error that trying again does not mend", async () => {
    firehose.break({ error: "ResourceNotFoundException", status: 400 });
    await expect(put(bytes("a"))).rejects.toThrow(expect.objectContaining({ name: "UnavailableError" }));
    expect(firehose.calls).toHaveLength(1);
  });

  test("splits what is too much for one call: 500 records, 4 MiB", async () => {
    await put(Array.from({ length: 501 }, (_, i) => Buffer.from(String(i))));
    expect(firehose.calls.map(({ records }) => records.length)).toEqual([500, 1]);
    firehose.clear();
    await put(Array.from({ length: 5 }, () => Buffer.alloc(1_024_000)));
    expect(firehose.calls.map(({ records }) => records.length)).toEqual([3, 2]);
  });
});
