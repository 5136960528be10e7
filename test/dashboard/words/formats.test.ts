import { expect, test } from "vitest";
import {
  changeOf,
  countFormat,
  createFormats,
  durationFormat,
  moneyFormat,
  percentFormat,
} from "../../../src/dashboard/words/formats.ts";
import { minorUnits } from "../../../src/schemas/currency.ts";

test("counts are written as in the reader's locale", () => {
  expect(countFormat("en").whole(1234567)).toBe("1,234,567");
  expect(countFormat("de").whole(1234567)).toBe("1.234.567");
  expect(countFormat("ko").compact(12_000)).toBe("1.2만");
  expect(countFormat("en").whole(9007199254740993n)).toBe("9,007,199,254,740,993");
});

test.each([
  ["KRW", 29_000, "₩29,000", 29_000],
  ["USD", 1299, "$12.99", 12.99],
  ["USD", -1299, "-$12.99", -12.99],
  ["BHD", 1500, "BHD 1.500", 1.5],
  ["COP", 1500, "COP 15.00", 15],
  ["HUF", 1500, "HUF 15.00", 15],
  ["IDR", 1500, "IDR 15.00", 15],
  ["IQD", 1500, "IQD 1.500", 1.5],
  ["MMK", 1500, "MMK 15.00", 15],
  ["krw", 1500, "₩1,500", 1500],
])("%s %d minor units are %s", (currency, minor, text, plain) => {
  const format = moneyFormat("en", currency, minorUnits);
  expect(format.whole(minor).replace("\u00a0", " ")).toBe(text);
  expect(format.plain(minor)).toBe(plain);
});

test("an amount without a currency is shown as a count", () => {
  expect(moneyFormat("en", "").whole(1299)).toBe("1,299");
});

test("days are the stage's, wherever the reader is", () => {
  const formats = createFormats({ locale: "en", language: "en", timezone: "Asia/Seoul" });
  expect(formats.day("2026-11-22")).toBe("Nov 22, 2026");
  expect(formats.span("2026-11-22", "2026-11-22")).toBe("Sun, Nov 22, 2026");
  expect(formats.time("2026-11-22T15:30:00Z")).toMatch(/Nov 23, 2026.*12:30/);
});

test("days are written in the page's language", () => {
  expect(createFormats({ locale: "de", language: "ko", timezone: "UTC" }).day("2026-11-22")).toBe("2026년 11월 22일");
});

test("a change is a share of what was, and none where nothing was", () => {
  expect(changeOf(110, 100)).toBeCloseTo(0.1);
  expect(changeOf(5, 0)).toBeUndefined();
  expect(changeOf(5, -3)).toBeUndefined();
});

test("how long ago is said in the largest unit that fits", () => {
  const { ago } = createFormats({ locale: "en", language: "en", timezone: "UTC" });
  expect([ago(59_000), ago(3_700_000), ago(-5)]).toEqual(["59 seconds ago", "1 hour ago", "now"]);
});

test("shares are percents", () => {
  expect(percentFormat("en").whole(0.1234)).toBe("12.3%");
  expect(percentFormat("ko").compact(1)).toBe("100%");
  expect(percentFormat("en").plain(0.1234)).toBe(0.1234);
});

test("durations are minutes and seconds", () => {
  const { whole, plain } = durationFormat("en");
  expect([0, 400, 59_000, 60_000, 61_500, 3_600_000].map(whole)).toEqual(["0s", "0s", "59s", "1m", "1m 2s", "60m"]);
  expect(durationFormat("ko").whole(61_000)).toBe("1분 1초");
  expect(plain(1500)).toBe(1500);
});

test.each([
  ["en", 0, "0 sec"],
  ["en", 999, "0 sec"],
  ["en", 59_999, "59 sec"],
  ["en", 190_000, "3 min"],
  ["en", 86_399_999, "23 hr"],
  ["en", 400 * 86_400_000, "400 days"],
  ["ko", 190_000, "3분"],
])("in %s, what lasted %d ms is shown as %s", (language, ms, shown) => {
  expect(createFormats({ locale: language, language, timezone: "UTC" }).lasted(ms)).toBe(shown);
});
