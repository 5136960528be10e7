import { expect, test } from "vitest";
import { catalog } from "../../src/metrics/catalog.ts";
import { lastMinutes, toLiveAnswer } from "../../src/pipeline/live.ts";
import { readLiveQuestion } from "../../src/pipeline/question.ts";

test("the last minutes are local, and cross midnight", () => {
  expect(lastMinutes(Date.parse("2026-11-21T15:01:59Z"), 3, "Asia/Seoul")).toEqual([
    "2026-11-21T23:59",
    "2026-11-22T00:00",
    "2026-11-22T00:01",
  ]);
});

test("minutes that come twice when clocks go back are shown once", () => {
  // 01:31 to 02:59 in summer time, then 02:00 to 02:30 again.
  const minutes = lastMinutes(Date.parse("2026-10-25T01:30:00Z"), 120, "Europe/Berlin");
  expect([minutes.length, new Set(minutes).size]).toEqual([29 + 60, 29 + 60]);
});

test("distinct counts of minutes are a union in total", () => {
  const question = readLiveQuestion({ metric: "visitors", query: "minutes=2" }, catalog);
  const sketch = (...registers: number[]) => new Map([["", new Map(registers.map((register) => [register, 1]))]]);
  const tallies = new Map([
    ["a", sketch(1, 2)],
    ["b", sketch(2, 3)],
  ]);
  expect(toLiveAnswer(question, ["a", "b"], tallies, "UTC")).toMatchObject({
    minutes: [{ value: 2 }, { value: 2 }],
    total: 3,
  });
});
