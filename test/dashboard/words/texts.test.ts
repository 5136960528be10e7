import { expect, test } from "vitest";
import { acceptedTags, localeFor, pickLanguage } from "../../../src/dashboard/words/language.ts";
import { english } from "../../../src/dashboard/words/texts-en.ts";
import { korean } from "../../../src/dashboard/words/texts-ko.ts";
import { currencyName, dimensionName, metricName, valueName } from "../../../src/dashboard/words/words.ts";
import { catalog, derivedMetrics } from "../../../src/metrics/catalog.ts";
import { dimensions, HOUR } from "../../../src/metrics/define-metric.ts";

const allMetrics = [...catalog, ...derivedMetrics];

test("every metric and dimension of the catalog has its Korean name", () => {
  for (const { name } of allMetrics) expect(metricName(korean, name)).toMatch(/\p{Script=Hangul}/u);
  for (const { name } of allMetrics) expect(korean.titles[name]).toBeDefined();
  for (const name of dimensions.filter((one) => one !== HOUR)) expect(korean.dimensions[name]).toBeDefined();
});

test("Korean sentences are Korean", () => {
  const sentences = Object.entries(korean).filter(([name]) => !["product", "download", "and"].includes(name));
  for (const [name, text] of sentences) if (typeof text === "string") expect(text, name).toMatch(/\p{Script=Hangul}/u);
});

test("one robot's event is one", () => {
  expect(english.robots(1, "1")).toBe("1 event of a robot on a day not sealed is kept and not counted.");
  expect(english.robots(1234, "1,234")).toMatch(/^1,234 events of robots/);
});

test("a name that the page does not know is made readable", () => {
  expect(metricName(english, "sign_ups_today")).toBe("Sign ups today");
  expect(dimensionName(korean, "plan_name")).toBe("Plan name");
});

test("values are named for people", () => {
  expect(valueName(english, { dimension: "country", value: "KR", language: "en" })).toBe("South Korea");
  expect(valueName(korean, { dimension: "country", value: "KR", language: "ko" })).toBe("대한민국");
  expect(valueName(english, { dimension: "language", value: "ko", language: "en" })).toBe("Korean");
  expect(valueName(korean, { dimension: "language", value: "ko", language: "ko" })).toBe("한국어");
  expect(valueName(korean, { dimension: "language", value: "qqq", language: "ko" })).toBe("qqq");
  expect(valueName(english, { dimension: "path", value: "", language: "en" })).toBe("(none)");
  expect(currencyName("en", "KRW")).toBe("KRW (South Korean Won)");
});

test.each([
  ["/%EC%B1%84%EC%9A%A9/%EA%B0%9C%EB%B0%9C", "/채용/개발"],
  ["/caf%C3%A9/%F0%9F%8D%A3", "/café/🍣"],
  ["/a%20b%2Fc%3F", "/a%20b%2Fc%3F"],
  ["/%25EC%B1%84", "/%25EC%B1%84"],
  ["/%E2%80%AEabc%0A", "/%E2%80%AEabc%0A"],
  ["/%C3%A4%BF", "/%C3%A4%BF"],
  ["/100%", "/100%"],
])("the path %s is shown as %s", (value, shown) => {
  for (const dimension of ["path", "entry_path"])
    expect(valueName(english, { dimension, value, language: "en" })).toBe(shown);
  expect(valueName(english, { dimension: "target", value, language: "en" })).toBe(value);
});

test("the language is the chosen one, else the browser's first that there is", () => {
  expect(pickLanguage(undefined, ["de-DE", "ko-KR", "en"])).toBe("ko");
  expect(pickLanguage("en", ["ko-KR"])).toBe("en");
  expect(pickLanguage("tlh", ["fr"])).toBe("en");
  expect(localeFor("en", ["de-DE", "en-GB"])).toBe("en-GB");
});

test("tags that Intl refuses are left out", () => {
  // Chromium's tags on a system with the language "en_US@posix", or "C".
  expect(acceptedTags(["en-US@posix", "C", "", "en_US", "de-DE", "en"])).toEqual(["de-DE", "en"]);
  expect(localeFor("en", acceptedTags(["en-US@posix"]))).toBe("en");
  for (const tag of acceptedTags(["en-US@posix", "ko-KR"])) expect(() => new Intl.NumberFormat(tag)).not.toThrow();
});
