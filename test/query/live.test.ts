import { expect, test } from "vitest";
import { OTHER } from "../../src/metrics/bounded-tally.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { lastMinutes, startOfMinutes, toLiveAnswer, toLiveGroups } from "../../src/query/live.ts";
import { readLiveQuestion } from "../../src/query/question.ts";

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

test("a metric with a unit is answered for the one that was asked for", () => {
  const asked = readLiveQuestion({ metric: "revenue", query: "minutes=3&currency=USD" }, catalog);
  const revenue = { ...asked, where: { currency: "50%+" } };
  const tallies = new Map([
    [
      "a",
      new Map([
        ["50%25%2B", 9_007_199_254_740_991n],
        ["USD", 7n],
        ["", 5n],
      ]),
    ],
    ["c", new Map([["50%25%2B", 1n]])],
  ]);
  const answer = toLiveAnswer(revenue, ["a", "b", "c"], tallies, "Asia/Seoul");
  expect(JSON.stringify(answer)).toBe(
    '{"metric":"revenue","timezone":"Asia/Seoul","minutes":[{"minute":"a","value":9007199254740991},' +
      '{"minute":"b","value":0},{"minute":"c","value":1}],"total":9007199254740992}',
  );
});

test("minutes of which nothing is known are zero, and so is their total", () => {
  const clicks = readLiveQuestion({ metric: "clicks", query: "minutes=2" }, catalog);
  const answer = { minutes: [{ value: 0 }, { value: 2 }], total: 2 };
  expect(toLiveAnswer(clicks, ["a", "b"], new Map([["b", new Map([["", 2n]])]]), "UTC")).toMatchObject(answer);
  expect(toLiveAnswer(clicks, ["a"], new Map(), "UTC")).toMatchObject({ minutes: [{ value: 0 }], total: 0 });
});

test("the first of the last minutes begins where a minute does", () => {
  const now = Date.parse("2026-11-22T09:30:59.999Z");
  const starts = [1, 30, 31].map((count) => new Date(startOfMinutes(now, count)).toISOString().slice(11));
  expect(starts).toEqual(["09:30:00.000Z", "09:01:00.000Z", "09:00:00.000Z"]);
});

test("groups say what was added up, and what was not kept yet", () => {
  const { groups: question } = readLiveQuestion({ metric: "clicks", query: "by=target&limit=1" }, catalog);
  const counted = (a: bigint, other: bigint) =>
    new Map([
      ["a", a],
      ["50%25%2B", 1n],
      [OTHER, other],
    ]);
  const tallies = new Map([
    ["2026-11-21", counted(2n, 5n)],
    ["2026-11-22", counted(2n ** 53n, 7n)],
  ]);
  const facts = { since: Date.parse("2026-11-21T14:31:00Z"), timezone: "UTC", partial: new Set(["2026-11-22"]) };
  if (question === undefined) throw new Error("no groups");
  expect(JSON.stringify(toLiveGroups(question, tallies, facts))).toBe(
    '{"metric":"clicks","timezone":"UTC","since":"2026-11-21T14:31:00.000Z","total":9007199254741008,' +
      '"groups":[{"key":"a","value":9007199254740994}],"groups_total":2,"other":14,' +
      '"bounded_days":["2026-11-21","2026-11-22"],"partial_days":["2026-11-22"]}',
  );
});
