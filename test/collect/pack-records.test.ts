import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_RECORD_BYTES, packRecords as packLines } from "../../src/collect/pack-records.ts";

/** Some lines in one part, others in two. */
const packRecords = (lines: readonly string[], mark?: string) =>
  packLines(
    lines.map((line, i) => {
      const at = i % 3 === 0 ? line.length : Math.ceil(line.length / 4) * 2; // never inside a pair
      return { begin: line.slice(0, at), end: line.slice(at) };
    }),
    mark,
  );
const textOf = (records: Uint8Array[]) => Buffer.concat(records).toString();

describe("packRecords", () => {
  test("makes no record of no lines", () => {
    expect(packRecords([])).toEqual([]);
  });

  test("makes one record of what fits in one", () => {
    expect(textOf(packRecords(["a", "b"]))).toBe("a\nb\n");
    const full = ["x".repeat(MAX_RECORD_BYTES - 3), "y"];
    expect(packRecords(full)).toHaveLength(1);
    expect(packRecords(full)[0]).toHaveLength(MAX_RECORD_BYTES);
  });

  test("begins another record where one would be too large, counted in UTF-8", () => {
    expect(packRecords(["x".repeat(MAX_RECORD_BYTES - 3), "yy"])).toHaveLength(2);
    expect(packRecords(["한".repeat(300_000), "한".repeat(300_000)])).toHaveLength(2);
  });

  test("marks the first line of each record, and no record becomes too large by it", () => {
    const mark = '"source":"kafka",';
    const small = packRecords(['{"a":1}', '{"a":2}'], mark);
    expect(textOf(small)).toBe('{"source":"kafka","a":1}\n{"a":2}\n');
    const line = (n: number) => `{"a":"${"x".repeat(n - 9)}"}\n`.slice(0, -1);
    const full = packRecords([line(MAX_RECORD_BYTES - mark.length), line(100), line(MAX_RECORD_BYTES - 101)], mark);
    expect(full.map((record) => [record.length, textOf([record]).startsWith(`{${mark}`)])).toEqual([
      [MAX_RECORD_BYTES, true],
      [100 + mark.length, true],
      [MAX_RECORD_BYTES - 101 + mark.length, true],
    ]);
  });

  test("keeps every line, whole and in order, in records that Firehose takes", () => {
    const line = fc.tuple(fc.constantFrom("a", "한", "😀"), fc.nat(250_000)).map(([c, n]) => c.repeat(n / c.length));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const records = packRecords(lines);
        expect(textOf(records)).toBe(lines.map((l) => `${l}\n`).join(""));
        for (const record of records) expect(record.length).toBeLessThanOrEqual(MAX_RECORD_BYTES);
      }),
      { numRuns: 30 },
    );
  });
});
