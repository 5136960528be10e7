import { describe, expect, test } from "vitest";
import { isWholeLine } from "../../../tools/import/last-line.ts";
import { logLines } from "../../fixtures/log-lines.ts";

const line = (rest: string) => `203.0.113.7 - - [25/Nov/2026:10:06:03 +0900] "GET /a HTTP/1.1" 200 512${rest}`;

describe("a last line without a line end", () => {
  test.each([
    [line(' "-" "UA"'), line(' "-" "UA 2"')],
    [line(' "-" "a \\"b\\""'), line(' "-" "UA"')],
    [line(' "-" "UA" "198.51.100.1"'), line(' "-" "UA" "-"')],
    [line(' "-" "UA"'), undefined],
    ['{"status":200}', '{"status":200,"more":"x"}'],
    [' web1 nginx: {"status":200}', undefined],
  ])("is whole: %j after %j", (last, before) => {
    expect(isWholeLine(last, before)).toBe(true);
  });

  test.each([
    [line(""), line("")],
    [line(' "-"'), line(' "-" "UA"')],
    [line(' "-" "UA"'), line(' "-" "UA" "-"')],
    [line(' "-" "UA"x'), line(' "-" "UA"')],
    [line(' "-" "a \\"'), line(' "-" "UA"')],
    [line(' "-"'), undefined],
    ['{"request":{"status":200}', '{"request":{"status":200}}'],
    ["2026-11-25 01:06:03 GET /a 200 id-2", "2026-11-25 01:06:03 GET /a 200 id-1"],
    ["", undefined],
  ])("may be cut off: %j after %j", (last, before) => {
    expect(isWholeLine(last, before)).toBe(false);
  });

  test("is whole at no place at which a line of a log could be cut off", () => {
    for (const { line } of logLines)
      for (let end = 1; end < line.trimEnd().length; end++)
        expect([line.slice(0, end), isWholeLine(line.slice(0, end), line)]).toEqual([line.slice(0, end), false]);
  });
});
