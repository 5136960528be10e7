import { expect, test } from "vitest";
import { methodsAt } from "../../src/site/routes.ts";

const all = { demo: true, logs: true };

test.each([
  ["/", "GET, HEAD, OPTIONS"],
  ["/v1/status", "GET, HEAD, OPTIONS"],
  ["/v1/events", "POST, OPTIONS"],
  ["/v1/pixel.gif", "GET, OPTIONS"],
  ["/v1/metrics/clicks", "GET, HEAD, OPTIONS"],
  ["/v1/logs/app", "POST, HEAD, OPTIONS"],
  ["/demo/posting/a", "GET, HEAD, OPTIONS"],
  ["/assets/a.js", "GET, HEAD, OPTIONS"],
  ["/assets/a/b.js", ""],
  ["/v1/metrics/", ""],
  ["/v1/metrics/a/b", ""],
  ["/v1/pixelXgif", ""],
  ["/v1/status/", ""],
  ["/constructor", ""],
])("%s takes %s", (path, methods) => {
  expect(methodsAt(path, all).join(", ")).toBe(methods);
});

test("what a stage does not have takes nothing", () => {
  expect(methodsAt("/demo", { demo: false, logs: true })).toEqual([]);
  expect(methodsAt("/v1/logs", { demo: true, logs: false })).toEqual([]);
  expect(methodsAt("/v1/logs", { demo: false, logs: true })).toEqual(["POST", "HEAD", "OPTIONS"]);
});
