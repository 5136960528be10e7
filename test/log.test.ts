import { afterEach, describe, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
  vi.restoreAllMocks();
});

async function linesOf(level: string, write: (module: typeof import("../src/log.ts")) => unknown) {
  vi.stubEnv("LOG_LEVEL", level);
  vi.resetModules();
  const lines: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  await write(await import("../src/log.ts"));
  return lines.map((line) => JSON.parse(line));
}

test("log writes one line of JSON for each message at or above the level", async () => {
  const lines = await linesOf("warn", ({ log }) => {
    log.debug("a");
    log.info("b");
    log.warn("c", { n: 1 });
    log.error("d\n", { error: new TypeError("no", { cause: new Error("why") }), big: 2n });
  });
  expect(lines).toMatchObject([
    { level: "WARN", message: "c", n: 1 },
    {
      level: "ERROR",
      message: "d\n",
      big: "2",
      error: { name: "TypeError", message: "no", cause: { message: "why" } },
    },
  ]);
  expect(lines[0].timestamp).toMatch(/^\d{4}-.*Z$/);
});

describe("metrics", () => {
  const embedded = (...Metrics: object[]) => ({
    Timestamp: expect.any(Number),
    CloudWatchMetrics: [{ Namespace: "Daymark", Dimensions: [["service"]], Metrics }],
  });

  test("are written whatever the level, in the form that CloudWatch takes out of a log", async () => {
    vi.stubEnv("SERVICE", "daymark-test");
    const lines = await linesOf("silent", ({ log, metric }) => {
      log.error("not shown");
      metric("IncompleteDay", { day: "2026-11-22" });
    });
    const _aws = embedded({ Name: "IncompleteDay", Unit: "Count" });
    expect(lines).toMatchObject([
      { _aws, service: "daymark-test", IncompleteDay: 1, day: "2026-11-22", level: "WARN" },
    ]);
  });

  test("may be figures with units", async () => {
    const lines = await linesOf("error", ({ measure }) =>
      measure({ Rows: [3, "Count"], Delay: [4.5, "Milliseconds"] }),
    );
    const _aws = embedded({ Name: "Rows", Unit: "Count" }, { Name: "Delay", Unit: "Milliseconds" });
    expect(lines).toMatchObject([{ _aws, Rows: 3, Delay: 4.5, level: "INFO" }]);
  });
});

describe("a line", () => {
  test("says which function, invocation and trace it is of, under Powertools' keys", async () => {
    vi.stubEnv("SERVICE", "daymark-test");
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "daymark-test-collect");
    vi.stubEnv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512");
    vi.stubEnv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
    const lines = await linesOf("info", async ({ log }) => {
      const { withInvocation } = await import("../src/invocation.ts");
      log.info("loading");
      const handler = withInvocation(async (event: unknown, _context: { awsRequestId?: string }) => {
        await Promise.resolve();
        log.info(String(event));
      });
      await Promise.all([handler("a", { awsRequestId: "r1" }), handler("b", { awsRequestId: "r2" })]);
      await handler({ requestContext: { requestId: "api-1" } }, { awsRequestId: "r3" });
    });
    const facts = {
      level: "INFO",
      service: "daymark-test",
      function_name: "daymark-test-collect",
      function_memory_size: "512",
      xray_trace_id: "1-5759e988-bd862e3fe1be46a994272793",
    };
    expect(lines).toMatchObject([
      { ...facts, message: "loading", cold_start: true },
      { ...facts, message: "a", function_request_id: "r1", cold_start: true },
      { ...facts, message: "b", function_request_id: "r2", cold_start: false },
      { ...facts, function_request_id: "r3", correlation_id: "api-1", cold_start: false },
    ]);
    expect(lines[0]).not.toHaveProperty("function_request_id");
  });

  test("leaves the handler the arity that Lambda accepts", async () => {
    const { withInvocation } = await import("../src/invocation.ts");
    expect(withInvocation(() => {}).length).toBeLessThanOrEqual(2);
  });
});
