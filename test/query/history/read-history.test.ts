/** The readers are the test's functions: which days are known as sealed, which were found, which can be read at all. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { HistoryQuestion, HistoryRow } from "../../../src/athena-queries/metric-history.ts";
import { catalog } from "../../../src/metrics/catalog.ts";
import { daysBetween } from "../../../src/metrics/time-bucket.ts";
import { type HistoryReaders, readHistory } from "../../../src/query/history/read-history.ts";
import { readQuestion } from "../../../src/query/question.ts";

const asked = readQuestion({ metric: "clicks", query: "from=2026-02-01&to=2026-03-10" }, catalog, "2026-03-20");
const question: HistoryQuestion = { ...asked, except: [], months: new Set(["2026-02"]), sketches: false };
const february = daysBetween("2026-02-01", "2026-02-28");
const row = (found: string | null): HistoryRow => ({ dt: null, key: null, value: "1", sketch: null, found });

/** `found` returns what an answer with months, and one without, was made of. */
function readers(sealed: string[], found: (months: number) => string[], placed: string[] | undefined = []) {
  const forgotten: HistoryQuestion[] = [];
  const read: HistoryReaders = {
    history: async ({ months }) => found(months.size).map(row),
    forget: async (one) => void forgotten.push(one),
    sealedDays: async () => new Set(sealed),
    placedDays: async () => placed && new Set(placed),
  };
  return { read, forgotten };
}

test("an answer in which every sealed day was found lacks nothing, whatever was found beside them", async () => {
  const { read } = readers([...february, "2026-03-01", "2026-04-01"], () => ["2026-02:28 2026-03-01 2026-03-02"]);
  expect((await readHistory(question, 7, read))?.lacking).toEqual([]);
});

test("days that are open, or outside of the range, need not be found", async () => {
  const { read } = readers(["2026-01-31", "2026-03-01", "2026-03-02", "2026-03-11"], () => ["2026-03-01"]);
  expect((await readHistory({ ...question, except: ["2026-03-02"] }, 7, read))?.lacking).toEqual([]);
});

test("a month that does not have all its days is asked for day by day", async () => {
  const { read } = readers(["2026-02-01", "2026-02-02"], (months) => [
    months > 0 ? "2026-02:1" : "2026-02-01 2026-02-02",
  ]);
  expect((await readHistory(question, 7, read))?.lacking).toEqual([]);
});

test("days whose rollup is there and does not hold the breakdown are named", async () => {
  const { read, forgotten } = readers(["2026-02-02", "2026-02-01", "2026-03-01"], () => ["2026-03-01"], [
    "2026-02-01",
    "2026-02-02",
  ]);
  expect((await readHistory(question, 7, read))?.lacking).toEqual(["2026-02-01", "2026-02-02"]);
  expect(forgotten).toEqual([]);
});

test("a day whose rollup is gone is an error, and the question is asked anew next time", async () => {
  const { read, forgotten } = readers(["2026-02-01", "2026-03-01", "2026-03-02"], () => ["2026-03-02"], ["2026-03-01"]);
  await expect(readHistory(question, 7, read)).rejects.toMatchObject({
    status: 503,
    message: "Cannot answer: the rollup of 2026-02-01 is not there; the next batch run makes it again",
  });
  expect(forgotten.map(({ months }) => months.size)).toEqual([1, 0]);
});

test("an answer that says of no day that it was found is not taken for 0", async () => {
  for (const found of [[], [""]]) {
    const { read } = readers(["2026-03-01", "2026-03-02"], () => found);
    await expect(readHistory(question, 7, read)).rejects.toThrow(
      "the rollup of 2026-03-01 and 1 more days is not there",
    );
  }
});

test("each part of an answer has to have found the days", async () => {
  const { read } = readers(["2026-03-01", "2026-03-02"], () => ["2026-03-01 2026-03-02", "2026-03-01"], ["2026-03-02"]);
  expect((await readHistory(question, 7, read))?.lacking).toEqual(["2026-03-02"]);
});

test("there is no answer while Athena is at any of it", async () => {
  const late = readers(["2026-03-01"], () => [""], undefined);
  expect(await readHistory(question, 7, { ...late.read, placedDays: async () => undefined })).toBeUndefined();
  expect(await readHistory(question, 7, { ...late.read, history: async () => undefined })).toBeUndefined();
});

test("whatever was sealed and found, an answer is whole, names what it lacks, or is an error", async () => {
  const some = fc.subarray(daysBetween("2026-03-01", "2026-03-08"));
  await fc.assert(
    fc.asyncProperty(some, some, some, async (sealed, found, placed) => {
      const { read } = readers(sealed, () => [found.join(" ")], [...found, ...placed]);
      const lacking = sealed.filter((day) => !found.includes(day));
      const gone = lacking.filter((day) => !placed.includes(day));
      const answer = readHistory({ ...question, months: new Set() }, 7, read);
      if (gone.length > 0) await expect(answer).rejects.toMatchObject({ status: 503 });
      else expect((await answer)?.lacking).toEqual(lacking);
    }),
  );
});
