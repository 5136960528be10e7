import { expect, test } from "vitest";
import { messageTemplate } from "../../src/sources/message-template.ts";

test.each([
  ['Payment 4711 of "anna" failed after 3.2 s', "Payment * of * failed after * s"],
  ["GET https://e.com/a?b=c took 12ms", "GET * took *"],
  ["user anna@example.com signed in", "user * signed in"],
  ["order 0198f2f4-8c00-7aaa-8bbb-0123456789ab shipped", "order * shipped"],
  ["retry 1, 2, 3 of node-7.zone-2", "retry * of *"],
  ["connection refused", "connection refused"],
  ["Error: x\n    at f (a.js:1:2)", "Error: x"],
  ["", ""],
  ["하루 5 번", "하루 * 번"],
])("the template of %j is %j", (message, template) => {
  expect(messageTemplate(message)).toBe(template);
});

test("is found soon in any message", () => {
  for (const text of [
    "a1".repeat(100_000),
    '"'.repeat(100_000),
    "a@".repeat(50_000),
    "0-".repeat(50_000),
    "a.".repeat(50_000),
  ])
    expect(messageTemplate(text).length).toBeLessThanOrEqual(200);
});
