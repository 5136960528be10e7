import { expect, test } from "vitest";
import { evaluatePrefix, isPartitionValue, objectName, partitionKeysOf } from "../../../local/firehose/prefix.ts";

const at = Date.parse("2026-12-31T15:04:05.678Z");
const seoul = { at, timeZone: "Asia/Seoul" };

test.each([
  ["events/dt=!{partitionKeyFromLambda:dt}/", { ...seoul, keys: { dt: "2026-12-30" } }, "events/dt=2026-12-30/"],
  ["rejected/dt=!{timestamp:yyyy-MM-dd}/", seoul, "rejected/dt=2027-01-01/"],
  ["rejected/dt=!{timestamp:yyyy-MM-dd}/", { at, timeZone: "UTC" }, "rejected/dt=2026-12-31/"],
  ["!{timestamp:yyyy'year'/HH-mm-ss}/", seoul, "2027year/00-04-05/"],
  [
    "errors/!{firehose:error-output-type}/!{firehose:random-string}/",
    { ...seoul, errorType: "processing-failed", random: "abc" },
    "errors/processing-failed/abc/",
  ],
  ["plain/", seoul, "plain/2027/01/01/00/"],
  ["errors/", { ...seoul, errorType: "processing-failed" }, "errors/processing-failed/2027/01/01/00/"],
])("evaluatePrefix fills in %s", (prefix, values, expected) => expect(evaluatePrefix(prefix, values)).toBe(expected));

test.each([
  "!{timestamp:YYYY-MM-dd}/",
  "!{nothing:x}/",
  "!{firehose:error-output-type}/",
  "!{partitionKeyFromLambda:missing}/",
])("evaluatePrefix refuses %s", (prefix) =>
  expect(() => evaluatePrefix(prefix, seoul)).toThrow(/Cannot (evaluate|format)/),
);

test("partitionKeysOf lists the keys that the function has to return", () => {
  expect(partitionKeysOf("a/!{partitionKeyFromLambda:dt}/!{timestamp:HH}/!{partitionKeyFromLambda:app}/")).toEqual([
    "dt",
    "app",
  ]);
});

test("objectName is Firehose's, in the stream's time zone", () => {
  expect(objectName("s", at, "Asia/Seoul", "u")).toBe("s-1-2027-01-01-00-04-05-u");
});

test.each([
  ["2026-11-22", true],
  ["a/b", true],
  ["", false],
  ["..", false],
  ["a/./b", false],
  ["\0", false],
  [7, false],
  [undefined, false],
])("isPartitionValue of %j is %j", (value, expected) => expect(isPartitionValue(value)).toBe(expected));
