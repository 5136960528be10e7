import { request } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AwsEndpoint, startAwsEndpoint } from "../../../local/endpoint/aws-endpoint.ts";
import { AwsError } from "../../../local/endpoint/aws-error.ts";
import { createFaults } from "../../../local/faults.ts";
import { functionName } from "../../../local/lambda/wire.ts";

const faults = createFaults();
const unexpected: unknown[] = [];
const invoked: [string, unknown][] = [];
let endpoint: AwsEndpoint;

beforeAll(async () => {
  const operations = {
    Echo: async (input: object) => ({ input }),
    Refuse: async () => {
      throw new AwsError("LimitExceededException", "Too much", { extra: { Limit: 5 } });
    },
    Break: async () => {
      throw new Error("a defect");
    },
    HangUp: async () => {
      throw new AwsError("ConnectionLost", "");
    },
  };
  endpoint = await startAwsEndpoint({
    port: 0,
    services: [{ target: "Test_20260101", operations }],
    faults,
    maxBodyBytes: 2_000_000,
    onError: (error) => unexpected.push(error),
    invoke: async (name, payload) => {
      invoked.push([name, payload]);
      if (name === "missing") throw new AwsError("ResourceNotFoundException", "Function not found", { status: 404 });
      if (name === "fails") return { payload: { errorType: "Error", errorMessage: "no" }, functionError: "Unhandled" };
      if (name === "deep") return { payload: JSON.parse(nested(100_000)) };
      return { payload: { got: payload } };
    },
  });
});
beforeEach(() => {
  unexpected.length = 0;
  invoked.length = 0;
});
afterAll(() => endpoint[Symbol.asyncDispose]());

/** Lists in lists. */
const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

/** The name of the error in an answer. */
const typeOf = async (answer: Response) => ((await answer.json()) as { __type?: string }).__type;
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${endpoint.url}${path}`, { method: "POST", body, headers });
const call = (operation: string, body: string | Uint8Array<ArrayBuffer> = "{}") =>
  post("/", body, { "x-amz-target": `Test_20260101.${operation}`, "content-type": "application/x-amz-json-1.1" });

describe("AWS JSON", () => {
  test("goes to the operation that the target names, and its output comes back", async () => {
    const answer = await call("Echo", JSON.stringify({ text: "ü日" }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(answer.headers.get("x-amzn-requestid")).toMatch(/^[\da-f-]{36}$/);
    expect(await answer.json()).toEqual({ input: { text: "ü日" } });
  });

  test("takes an empty body as an empty input", async () => {
    expect(await (await call("Echo", "")).json()).toEqual({ input: {} });
  });

  test("writes an error as AWS does", async () => {
    const answer = await call("Refuse");
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([400, "LimitExceededException"]);
    expect(await answer.json()).toEqual({ __type: "LimitExceededException", message: "Too much", Limit: 5 });
  });

  test("hides a defect behind InternalFailure and reports it", async () => {
    const answer = await call("Break");
    expect([answer.status, await typeOf(answer)]).toEqual([500, "InternalFailure"]);
    expect(unexpected).toEqual([new Error("a defect")]);
  });

  test("hangs up when the answer is to get lost", async () => {
    await expect(call("HangUp")).rejects.toThrow();
    expect(unexpected).toEqual([]);
  });

  test.each([
    ["an operation that is not there", "Nope", "{}", 400, "UnknownOperationException"],
    ["a body that is no JSON", "Echo", "{", 400, "SerializationException"],
    ["a body that is no object", "Echo", "[1]", 400, "SerializationException"],
    ["null", "Echo", "null", 400, "SerializationException"],
    ["a body that is too large", "Echo", `{"x":"${"x".repeat(2_000_000)}"}`, 413, "RequestEntityTooLarge"],
  ])("refuses %s", async (_, operation, body, status, type) => {
    const answer = await call(operation, body);
    expect([answer.status, await typeOf(answer)]).toEqual([status, type]);
    expect(unexpected).toEqual([]);
  });

  test("survives a client that goes away in the middle of its request", async () => {
    await new Promise<void>((resolve) => {
      const half = request(endpoint.url, { method: "POST", headers: { "content-length": "1000" } });
      half.on("error", () => resolve());
      half.write("{");
      setTimeout(() => half.destroy(new Error("gone")), 20);
    });
    expect((await call("Echo")).status).toBe(200);
    expect(unexpected).toEqual([]);
  });
});

describe("Invoke", () => {
  const invoke = (name: string, body = "{}", headers = {}) =>
    post(`/2015-03-31/functions/${name}/invocations`, body, headers);

  test("runs the function and returns its payload", async () => {
    const answer = await invoke("batch", '{"rebuild":{"from":"2026-01-01"}}');
    expect([answer.status, answer.headers.get("x-amz-function-error")]).toEqual([200, null]);
    expect(answer.headers.get("x-amz-executed-version")).toBe("$LATEST");
    expect(await answer.json()).toEqual({ got: { rebuild: { from: "2026-01-01" } } });
  });

  test("says when the function has failed, with 200", async () => {
    const answer = await invoke("fails");
    expect([answer.status, answer.headers.get("x-amz-function-error")]).toEqual([200, "Unhandled"]);
    expect(await answer.json()).toEqual({ errorType: "Error", errorMessage: "no" });
  });

  test("answers at once when it is an event, and does nothing when it is a dry run", async () => {
    const event = await invoke("batch", "", { "x-amz-invocation-type": "Event" });
    const dry = await invoke("batch", "", { "x-amz-invocation-type": "DryRun" });
    expect([event.status, dry.status]).toEqual([202, 204]);
    expect(invoked).toEqual([["batch", {}]]);
  });

  test.each([
    ["a function that is not there", "missing", "{}", {}, 404, "ResourceNotFoundException"],
    ["a payload that is no JSON", "batch", "{", {}, 400, "InvalidRequestContentException"],
    ["a type of its own", "batch", "{}", { "x-amz-invocation-type": "Later" }, 400, "InvalidParameterValueException"],
    [
      "a large event",
      "batch",
      `"${"x".repeat(1_100_000)}"`,
      { "x-amz-invocation-type": "Event" },
      413,
      "RequestTooLargeException",
    ],
    ["a malformed name", "%zz", "{}", {}, 400, "ValidationException"],
  ])("refuses %s", async (_, name, body, headers, status, type) => {
    const answer = await invoke(name, body, headers);
    expect([answer.status, await typeOf(answer)]).toEqual([status, type]);
  });

  test.each([
    ["lists", nested(100_000)],
    ["lists, one level too many", nested(1001)],
    ["objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["lists beside others", `{"a":[1,"]",{"b":[]}],"c":${nested(50_000)}}`],
  ])("refuses a payload nested without end: %s", async (_, body) => {
    const answer = await invoke("batch", body);
    expect([answer.status, await answer.json(), invoked, unexpected]).toEqual([
      400,
      {
        __type: "InvalidRequestContentException",
        message: "Could not parse request body into json: it is nested in more than 1000 levels",
      },
      [],
      [],
    ]);
  });

  test("takes a payload of 1000 levels, and texts that look deeper", async () => {
    for (const body of [nested(1000), `"${nested(5000)}"`, `[${"[],".repeat(5000)}0]`])
      expect(await (await invoke("batch", body)).json()).toEqual({ got: JSON.parse(body) });
  });

  test("says that the function has failed when its answer is nested without end", async () => {
    const answer = await invoke("deep");
    expect([answer.status, answer.headers.get("x-amz-function-error")]).toEqual([200, "Unhandled"]);
    expect(await answer.json()).toEqual({ errorType: "Error", errorMessage: "Unable to stringify response body" });
  });

  test.each([
    "daymark-local-batch",
    "daymark-local-batch:live",
    "000000000000:function:daymark-local-batch",
    "arn:aws:lambda:us-east-1:000000000000:function:daymark-local-batch",
    "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Adaymark-local-batch%3A%24LATEST",
  ])("knows the function by %s", (name) => {
    expect(functionName(name)).toBe("daymark-local-batch");
  });
});

describe("the port", () => {
  test("sets faults and tells how often their points were passed", async () => {
    const set = await post("/_daymark/faults", JSON.stringify([{ point: "x", action: "delay", delayMs: 0 }]));
    expect(set.status).toBe(200);
    await faults.check("x", {});
    expect(await (await fetch(`${endpoint.url}/_daymark/faults`)).json()).toEqual({ x: { passed: 1, applied: 1 } });
    const wrong = await post("/_daymark/faults", '[{"point":"x","action":"explode"}]');
    expect([wrong.status, await typeOf(wrong)]).toEqual([400, "ValidationException"]);
    faults.set([]);
  });

  test("refuses pages in a browser, whatever they ask", async () => {
    for (const path of ["/_daymark/faults", "/2015-03-31/functions/batch/invocations", "/"])
      expect((await post(path, "[]", { origin: "https://example.com" })).status).toBe(403);
    expect(invoked).toEqual([]);
  });

  test("knows nothing else", async () => {
    expect((await fetch(`${endpoint.url}/`)).status).toBe(404);
    expect((await post("/somewhere", "{}")).status).toBe(404);
  });

  test("that is in use is named", async () => {
    const again = startAwsEndpoint({
      port: endpoint.port,
      services: [],
      faults,
      invoke: async () => ({ payload: null }),
    });
    await expect(again).rejects.toThrow(
      `Cannot listen for AWS calls on 127.0.0.1:${endpoint.port}: the port is in use`,
    );
  });
});
