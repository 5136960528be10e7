import fc from "fast-check";
import { expect, test } from "vitest";
import { csvName, toCsv } from "../../../src/dashboard/panel/csv.ts";

test("a file begins with a byte order mark, and its lines end as RFC 4180 has them", () => {
  expect(
    toCsv([
      ["Day", "Clicks"],
      ["2026-11-22", 7],
    ]),
  ).toBe("\uFEFFDay,Clicks\r\n2026-11-22,7\r\n");
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])(
  "the text %j is no formula in a spreadsheet",
  (text) => {
    expect(toCsv([[text]])).toMatch(/^\uFEFF"?'/);
  },
);

test("a negative number stays a number, a text of digits a text", () => {
  expect(toCsv([[-5, -5n, "12", undefined]])).toBe("\uFEFF-5,-5,12,\r\n");
});

test("whatever a cell holds, it is read back as one cell that no spreadsheet runs", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 4 }), (cells) => {
      const read = parse(toCsv([cells]).slice(1));
      expect(read).toHaveLength(cells.length);
      for (const [i, cell] of read.entries()) {
        expect(cell.replace(/^'/, "")).toBe((cells[i] ?? "").replace(/^'/, ""));
        expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      }
    }),
  );
});

test("a file name has no character that a file system minds", () => {
  expect(csvName(["클릭 (합)", "a/b\\c:d"])).toBe("daymark_클릭-합-_a-b-c-d.csv");
});

/** A CSV reader for one row, as in the RFC. */
function parse(text: string): string[] {
  const cells: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "\r\n") break;
  }
  return cells;
}
