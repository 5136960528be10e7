/** The quick form of `npm run test:fuzz`, and everything that the long form has found. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import { slowTest, test } from "../gears.ts";
import { beyond, searchState } from "./aims.ts";
import { fuzzWire } from "./broken-wire.ts";
import { fuzz, requestAt } from "./fuzz.ts";
import { fuzzLines } from "./lines.ts";
import { answerTo, growthOf, type Idea, MOST_GROWTH, searchSlowest, shapesOfMany } from "./slowest.ts";
import { startStateTarget } from "./state-target.ts";
import { startTarget, type Target } from "./target.ts";

// As with laws: the same in every run unless FUZZ_SEED names another, so that a change is judged by its own effects.
const { FUZZ_SEED = "1" } = process.env;
const seed = FUZZ_SEED === "random" ? Math.floor(Math.random() * 1e6) : Number(FUZZ_SEED);

describe(`fuzzing with FUZZ_SEED=${seed}`, { timeout: 120_000 }, () => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget();
  });
  afterAll(() => target[Symbol.asyncDispose]());

  slowTest("every answer to a mutated request is one of ours", async () => {
    const { problems, requests, answers } = await fuzz({ ...target, seed, count: 3000 });
    expect(problems).toEqual([]);
    expect(requests).toBe(3000);
    // With too many mutations, everything would be refused immediately, which would prove nothing.
    expect(answers["api 202"]).toBeGreaterThan(300);
    expect(answers["aws 200"]).toBeGreaterThan(20);
  });

  test("a request with broken framing is refused or hung up on, and never taken for two", async () => {
    const { problems } = await fuzzWire({ api: target.url, aws: target.awsUrl }, { seed, count: 80 });
    expect(problems).toEqual([]);
  });

  test.each([
    [501, ["api"]],
    [503, []],
    [500, ["api", "aws"]],
    [505, ["api", "aws"]],
  ])("of ports that say %i to what is broken, it is a fault of %j", async (status, faulty) => {
    await using server = await startAnswering(status);
    const { problems } = await fuzzWire({ api: server.url, aws: server.url }, { seed, count: 8 });
    expect(problems).toHaveLength(8 * faulty.length);
    expect([...new Set(problems.map(({ port }) => port))]).toEqual(faulty);
  });

  test.each([
    ["a list of ids that is none", "AmazonAthena.BatchGetQueryExecution", '{"Quer9ExecutionIds":["a"]}'],
    ["ids that are a number", "AmazonAthena.BatchGetQueryExecution", '{"QueryExecutionIds":7}'],
    ["an id that cannot be a text", "AmazonAthena.StopQueryExecution", '{"QueryExecutionId":{"toString":1}}'],
    ["a secret of no length", "secretsmanager.CreateSecret", '{"Name":"a","SecretString":{"length":{"toString":1}}}'],
    ["a query that is a number", "AmazonAthena.StartQueryExecution", '{"QueryString":1}'],
    ["a table's name that cannot be a text", "DynamoDB_20120810.DescribeTimeToLive", '{"TableName":{"toString":1}}'],
    [
      "a key that is null",
      "DynamoDB_20120810.BatchGetItem",
      '{"RequestItems":{"daymark-local":{"Keys":[{"pk":null}]}}}',
    ],
    ["a transaction of null", "DynamoDB_20120810.TransactGetItems", '{"TransactItems":[null]}'],
    [
      "a transaction nested deeper than the stack",
      "DynamoDB_20120810.TransactWriteItems",
      `{"TransactItems":[{"Delete":${"[".repeat(20_000)}${"]".repeat(20_000)}}]}`,
    ],
  ])("the AWS endpoint refuses %s with 400", async (_, operation, body) => {
    const headers = { "x-amz-target": operation, "content-type": "application/x-amz-json-1.1" };
    const answer = await fetch(target.awsUrl, { method: "POST", headers, body });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ __type: expect.any(String) }),
    ]);
  });
});

/** A server that says one thing to whatever comes. */
async function startAnswering(status: number) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {}).resume();
    socket.end(`HTTP/1.1 ${status} x\r\n\r\n`);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}

test("a line of an import becomes an event or is reported, whatever it holds", () => {
  const { lines, events, reported } = fuzzLines({ seed, count: 5000 });
  expect([lines, events > 500, reported > 500]).toEqual([5000, true, true]);
});

describe("what collect does grows as the body does, not faster", { timeout: 120_000 }, () => {
  test.each<Idea>([
    { shape: "text", field: "url", start: "https://e.com/?utm_medium=", pattern: "& " },
    { shape: "text", field: "url", start: "/?utm_source=x", pattern: " & &" },
    { shape: "deepEvents", field: "more", start: "", pattern: "" },
    { shape: "properties", field: "more", start: "", pattern: "k" },
    { shape: "markedNumbers", field: "properties", start: "", pattern: "" },
    { shape: "texts", field: "user_agent", start: "Mozilla/5.0 (", pattern: "Version/1.0 " },
  ])("for $shape of $field, $start$pattern", (idea) => {
    expect(growthOf(idea)).toBeLessThan(MOST_GROWTH);
  });

  // A request that is refused at once costs nothing, and hides what the same costs a little below the limits.
  test.each(shapesOfMany)("with %s, whose requests are not refused", (shape) => {
    for (const start of ["https://e.com/?utm_source=x&utm_medium=", "https://", "/"])
      for (const pattern of ["a", "\ud800", '"\\', "한.", "\0&utm_source=😀%20Chrome/1 Version/1.0 "])
        expect([start, pattern, answerTo({ shape, field: "url", start, pattern })]).not.toContain(undefined);
  });

  slowTest("for the slowest that a search finds", () => {
    const grown = searchSlowest({ seed, tries: 80, bytes: 1 << 16 }).slice(0, 3);
    for (const idea of grown) expect([seed, idea, growthOf(idea) < MOST_GROWTH]).toEqual([seed, idea, true]);
  });
});

slowTest(
  "no request leaves more in the table than is bounded, as far as a search for the most finds",
  async () => {
    await using target = await startStateTarget();
    const best = await searchState(target, { seed, tries: 60 });
    expect([seed, ...beyond(best)]).toEqual([seed]);
    expect(best["most items"][0]?.items).toBeGreaterThan(2);
  },
  120_000,
);

test("a seed gives the same requests in every run, but for the time", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  expect(requestAt(3, 99)).toMatchObject({ ...requestAt(3, 99), headers: expect.any(Array) });
  expect(requestAt(3, 99)).not.toEqual(requestAt(4, 99));
  vi.useRealTimers();
});
