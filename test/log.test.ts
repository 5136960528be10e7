import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
  vi.restoreAllMocks();
});

async function linesOf(level: string, write: (module: typeof import("../src/log.ts")) => void) {
  vi.stubEnv("LOG_LEVEL", level);
  vi.resetModules();
  const lines: string[] = [];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  write(await import("../src/log.ts"));
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
    { level: "warn", message: "c", n: 1 },
    {
      level: "error",
      message: "d\n",
      big: "2",
      error: { name: "TypeError", message: "no", cause: { message: "why" } },
    },
  ]);
  expect(lines[0].time).toMatch(/^\d{4}-.*Z$/);
});

test("metric is written whatever the level, in the form that the alarm's filter looks for", async () => {
  const lines = await linesOf("silent", ({ log, metric }) => {
    log.error("not shown");
    metric("IncompleteDay", { day: "2026-11-22" });
  });
  expect(lines).toMatchObject([{ metric: "IncompleteDay", day: "2026-11-22" }]);
});
