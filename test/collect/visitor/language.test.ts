import { describe, expect, test } from "vitest";
import { preferredLanguage, primaryLanguage } from "../../../src/collect/visitor/language.ts";

describe("the primary language", () => {
  test.each([
    ["ko", "ko"],
    ["en-US", "en"],
    ["ZH-Hant-TW", "zh"],
    ["yue-Hant-HK", "yue"],
    ["de-1996", "de"],
    ["en-u-hc-h12", "en"],
    ["", undefined],
    ["e", undefined],
    ["Korean", undefined],
    ["en_US", undefined],
    ["en-US@posix", undefined],
    ["en-", undefined],
    ["x-private", undefined],
    ["i-klingon", undefined],
    ["en\n", undefined],
    ["ｋｏ", undefined],
  ])("of %j is %j", (tag, language) => {
    expect(primaryLanguage(tag)).toBe(language);
  });
});

describe("the preferred language", () => {
  test.each([
    ["ko-KR,ko;q=0.9,en;q=0.8", "ko"],
    ["en-US,en;q=0.9,ko;q=0.8", "en"],
    ["en;q=0.5, ko;q=0.8, ja;q=0.8", "ko"],
    ["en;q=0, de", "de"],
    ["en;q=0.000", undefined],
    ["*", undefined],
    ["*, fr;q=0.1", "fr"],
    ["DE ; Q=0.7 ,\tFR;q=0.3", "de"],
    ["fr;q=1.000, de", "fr"],
    [", ,pt-BR,,", "pt"],
    ["", undefined],
    ["de;q=2, fr;q=-1, es;q=0.1234, it;q=x, pl;q", undefined],
    ["de;q=high, fr;q=0.1", "fr"],
    ["<script>alert(1)</script>", undefined],
    ["k\u0000o, \u001b[31men, ja", "ja"],
    ["en_US.UTF-8, C", undefined],
  ])("of %j is %j", (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });

  test("is read out of the first 200 characters, of whole tags alone", () => {
    const filled = (length: number) => "x,".repeat(100).slice(0, length);
    expect(preferredLanguage(`${filled(198)}de`)).toBe("de");
    expect(preferredLanguage(`${filled(198)}de,en`)).toBe("de");
    expect(preferredLanguage(`${filled(198)}deu`)).toBeUndefined();
    expect(preferredLanguage(`${filled(198)},,ko`)).toBeUndefined();
    expect(preferredLanguage(`ko;q=0.5,${"en,".repeat(100)}`)).toBe("en");
  });

  test.each([
    ["one tag", "a".repeat(1_000_000)],
    ["tags", "zz-Zzzz;q=0.1,".repeat(70_000)],
    ["spaces", `ko${" ".repeat(1_000_000)};q=1`],
    ["semicolons", ";q=0.1".repeat(170_000)],
    ["subtags", "en-a1".repeat(200_000)],
    ["control characters", "\u0000\r\n\t,".repeat(200_000)],
  ])("of a megabyte of %s takes no time", (_, header) => {
    const start = performance.now();
    for (let i = 0; i < 100; i++) preferredLanguage(header);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
