import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createFaults } from "../../../local/faults.ts";
import { type Lambda, type LambdaOptions, startLambda } from "../../../local/lambda/service.ts";

const source = `
let calls = 0;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const behaviours = {
  echo: (event) => event,
  env: () => process.env,
  context: (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() }),
  count: () => ++calls,
  throw: () => { throw new TypeError("no such thing"); },
  sleep: async ({ ms }) => { await sleep(ms); return "slept"; },
  spin: () => { for (;;); },
  exit: () => process.exit(3),
  later: async () => { setTimeout(() => { throw new RangeError("out of the blue"); }, 1); await sleep(1000); },
  fill: async () => { const all = []; for (let i = 0; ; i++) { all.push({ i }); if (i % 1000 === 0) await sleep(0); } },
  large: () => "x".repeat(7_000_000),
  nothing: () => undefined,
  date: () => ({ at: new Date(0), gone: undefined }),
  print: () => { console.log('{"level":"info","message":"a"}'); console.error("b"); return "printed"; },
};
export const handler = async (event, context) => behaviours[event.do](event, context);
export const callback = (event, context, done) => done();
`;

describe("lambda", () => {
  let folder: string;
  let lambda: Lambda;
  const lines: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "daymark-lambda-"));
    await writeFile(join(folder, "index.mjs"), source);
    return () => rm(folder, { recursive: true });
  });
  afterEach(async () => {
    await lambda[Symbol.asyncDispose]();
    lines.length = 0;
  });

  async function start(
    options: Partial<LambdaOptions> & { handler?: string; timeoutSeconds?: number; bundle?: string } = {},
  ) {
    const { handler = "index.handler", timeoutSeconds = 5, bundle = join(folder, "index.mjs"), ...rest } = options;
    const arn = "arn:aws:lambda:eu-west-1:000000000000:function:daymark-local-fn";
    lambda = await startLambda({
      functions: [
        {
          key: "fn",
          name: "daymark-local-fn",
          arn,
          handler,
          memoryMB: 64,
          timeoutSeconds,
          bundle,
          environment: { MINE: "1" },
        },
      ],
      region: "eu-west-1",
      endpointUrl: () => "http://127.0.0.1:1234",
      faults: createFaults(),
      log: (line) => lines.push(line),
      ...rest,
    });
    return (event: unknown, name = "fn") => lambda.invoke(name, event);
  }

  test("answers with what the handler returned, by key, name and ARN", async () => {
    const invoke = await start();
    for (const name of ["fn", "daymark-local-fn", "arn:aws:lambda:eu-west-1:000000000000:function:daymark-local-fn"])
      expect(await invoke({ do: "echo", data: ["é", 1, null] }, name)).toEqual({
        payload: { do: "echo", data: ["é", 1, null] },
      });
  });

  test("answers as JSON would: dates as text, undefined left out", async () => {
    const invoke = await start();
    expect((await invoke({ do: "date" })).payload).toEqual({ at: "1970-01-01T00:00:00.000Z" });
    expect((await invoke({ do: "nothing" })).payload).toBeNull();
  });

  test("refuses a function that is not declared", async () => {
    const invoke = await start();
    await expect(invoke({}, "nobody")).rejects.toMatchObject({ code: "ResourceNotFoundException", status: 404 });
  });

  test("gives a function its own environment and nothing of this machine's", async () => {
    vi.stubEnv("DAYMARK_SECRET_OF_THIS_MACHINE", "1");
    const invoke = await start();
    const { payload } = await invoke({ do: "env" });
    vi.unstubAllEnvs();
    expect(payload).toMatchObject({
      MINE: "1",
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1234",
      AWS_LAMBDA_FUNCTION_NAME: "daymark-local-fn",
    });
    expect(Object.keys(payload as object).filter((name) => !/^(AWS_|_HANDLER$|TZ$|MINE$)/.test(name))).toEqual([]);
  });

  test("gives the handler a context as Lambda's", async () => {
    const invoke = await start({ timeoutSeconds: 3 });
    const { payload } = await invoke({ do: "context" });
    expect(payload).toMatchObject({
      functionName: "daymark-local-fn",
      functionVersion: "$LATEST",
      memoryLimitInMB: "64",
    });
    expect((payload as { remaining: number }).remaining).toBeGreaterThan(1000);
    expect((payload as { remaining: number }).remaining).toBeLessThanOrEqual(3000);
  });

  test("runs several calls at once in one thread, which it keeps", async () => {
    const invoke = await start();
    await invoke({ do: "count" });
    const before = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => invoke({ do: "sleep", ms: 1000 })));
    expect(performance.now() - before).toBeLessThan(9000);
    expect((await invoke({ do: "count" })).payload).toBe(2);
  });

  test("reports a thrown error in AWS's shape", async () => {
    const invoke = await start();
    expect(await invoke({ do: "throw" })).toMatchObject({
      functionError: "Unhandled",
      payload: { errorType: "TypeError", errorMessage: "no such thing", trace: expect.any(Array) },
    });
  });

  test.each(["sleep", "spin"])("ends a call that takes too long (%s), and starts afresh", async (behaviour) => {
    // Long enough for the next thread to start on a busy machine.
    const invoke = await start({ timeoutSeconds: 3 });
    await invoke({ do: "count" });
    expect(await invoke({ do: behaviour, ms: 60_000 })).toMatchObject({
      functionError: "Unhandled",
      payload: {
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(/Task timed out after 3\.00 seconds$/),
      },
    });
    expect((await invoke({ do: "count" })).payload).toBe(1);
  });

  test("lets the other calls of a thread end when one of them takes too long", async () => {
    const invoke = await start({ timeoutSeconds: 3 });
    const slow = invoke({ do: "sleep", ms: 30_000 });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const other = invoke({ do: "sleep", ms: 1000 });
    expect((await slow).functionError).toBe("Unhandled");
    expect(await other).toEqual({ payload: "slept" });
  });

  test.each([
    ["exit", { errorType: "Runtime.ExitError" }],
    ["later", { errorType: "RangeError", errorMessage: "out of the blue" }],
    ["fill", { errorMessage: expect.stringContaining("memory limit") }],
  ])("replaces a thread that has crashed (%s)", async (behaviour, payload) => {
    const invoke = await start({ timeoutSeconds: 60 });
    await invoke({ do: "count" });
    expect(await invoke({ do: behaviour })).toMatchObject({ functionError: "Unhandled", payload });
    expect((await invoke({ do: "count" })).payload).toBe(1);
  });

  test("refuses an answer beyond 6 MB", async () => {
    const invoke = await start();
    expect(await invoke({ do: "large" })).toMatchObject({ payload: { errorType: "Function.ResponseSizeTooLarge" } });
  });

  test("fails alone for an event nested more deeply than can be passed on, and waits for nothing", async () => {
    const invoke = await start();
    expect(await invoke({ do: "count" })).toEqual({ payload: 1 });
    const deep: unknown = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await expect(invoke({ do: "echo", deep })).rejects.toThrow(RangeError);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    expect(await invoke({ do: "count" })).toEqual({ payload: 2 });
  });

  test("refuses a handler that takes a callback, as Node 24 on Lambda does", async () => {
    const invoke = await start({ handler: "index.callback" });
    expect(await invoke({})).toMatchObject({ payload: { errorMessage: expect.stringContaining("callback-based") } });
  });

  test("reports a bundle that cannot be loaded, at each call", async () => {
    const invoke = await start({ bundle: join(folder, "missing.mjs") });
    for (let i = 0; i < 2; i++) expect(await invoke({})).toMatchObject({ functionError: "Unhandled" });
  });

  test("hands on what a function prints", async () => {
    const invoke = await start();
    await invoke({ do: "print" });
    await vi.waitFor(() => expect(lines).toEqual(['{"level":"info","message":"a"}', "b"]), 30_000);
  });

  test("refuses the 1001st call at once", async () => {
    const invoke = await start();
    const calls = Array.from({ length: 1000 }, () => invoke({ do: "sleep", ms: 300 }));
    await expect(invoke({ do: "echo" })).rejects.toMatchObject({ code: "TooManyRequestsException", status: 429 });
    await Promise.all(calls);
    expect(await invoke({ do: "sleep", ms: 1 })).toEqual({ payload: "slept" });
  });

  test("fails where faults are injected, before or after the function has run", async () => {
    const faults = createFaults();
    const invoke = await start({ faults });
    faults.set([{ point: "lambda.before", action: "error", code: "ServiceException", times: 1 }]);
    await expect(invoke({ do: "count" })).rejects.toMatchObject({ code: "ServiceException" });
    faults.set([{ point: "lambda.after", action: "error", code: "ServiceException", times: 1 }]);
    await expect(invoke({ do: "count" })).rejects.toMatchObject({ code: "ServiceException" });
    expect((await invoke({ do: "count" })).payload).toBe(2);
  });

  test("waits for calls under way when it stops", async () => {
    const invoke = await start();
    await invoke({ do: "count" });
    const call = invoke({ do: "sleep", ms: 300 });
    await lambda[Symbol.asyncDispose]();
    expect(await call).toEqual({ payload: "slept" });
  });

  test("makes functions ready one after the other, and none after its end; a call waits for none of them", async () => {
    const gate = join(folder, "gate");
    const until = `while (!(await import("node:fs")).existsSync(${JSON.stringify(gate)})) await sleep(5);`;
    const bundles = {
      slow: `${source} console.log("slow began"); ${until}`,
      quick: `${source} console.log("quick began");`,
    };
    for (const [key, text] of Object.entries(bundles)) await writeFile(join(folder, `${key}.mjs`), text);
    const functions = ["slow", "quick", "index"].map((key) => ({
      ...{ key, name: key, arn: `arn:aws:lambda:eu-west-1:000000000000:function:${key}`, handler: "index.handler" },
      ...{ memoryMB: 64, timeoutSeconds: 5, bundle: join(folder, `${key}.mjs`), environment: {} },
    }));
    const began = (...names: string[]) =>
      vi.waitFor(() => expect(lines).toEqual(names.map((name) => `${name} began`)), { timeout: 30_000 });
    const invoke = await start({ functions });
    lambda.warm(["slow", "quick"]);
    await began("slow");
    expect(await invoke({ do: "count" }, "index")).toEqual({ payload: 1 });
    await began("slow");
    await writeFile(gate, "");
    await began("slow", "quick");
    await lambda[Symbol.asyncDispose]();
    lines.length = 0;
    await rm(gate);
    await start({ functions });
    lambda.warm(["slow", "quick"]);
    await began("slow");
    await lambda[Symbol.asyncDispose]();
    await wait(1000);
    await began("slow");
  });
});
