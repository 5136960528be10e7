import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { sampleKey } from "../../src/table/rejected-samples.ts";

test.each([
  ["target", "target"],
  ["", ""],
  ["50%", "50%25"],
  ["a+b#1", "a%2Bb%231"],
  ["채용".repeat(133), "채용".repeat(133)],
  ["채용".repeat(134), `%${hash("sha256", "채용".repeat(134))}`],
])("the reason %j stands in a sample's key as in its counter's", (reason, key) => {
  const { sk } = sampleKey(reason);
  expect(sk).toBe(`reason#${key}`);
  expect(Buffer.byteLength(sk)).toBeLessThan(1024);
});
