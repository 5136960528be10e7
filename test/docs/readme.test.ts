/**
 * README.ko.md says the same as README.md: the same sections, commands, names, links and figures, in the same places.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";

type Section = { commands: string[]; names: string[]; links: string[]; figures: string[] };

const root = resolve(import.meta.dirname, "../..");
const fenced = /^```.*?^```$/gms;
const inline = /`[^`]+`/g;
const target = /\]\(([^)]+)\)|<(http[^>]+)>/g;

const sectionsOf = (file: string) => readFileSync(resolve(root, file), "utf8").split(/^## /m).map(read);
const english = sectionsOf("README.md");
const korean = sectionsOf("README.ko.md");

/** Languages differ in word order, so names, links and figures are compared as sorted lists. */
function read(text: string): Section {
  const prose = text.replace(fenced, "");
  const words = prose.replace(inline, "").replace(target, "]");
  return {
    commands: text.match(fenced) ?? [],
    names: (prose.match(inline) ?? []).map((name) => name.replace(/\s+/g, " ")).sort(),
    links: [...prose.matchAll(target)].map(([, link, address]) => link ?? address ?? "").sort(),
    // One language says "a minute" where the other says "1 minute".
    figures: (words.match(/\d[\d.,]*\d|\d/g) ?? []).filter((figure) => figure !== "1").sort(),
  };
}

describe("the Korean README", () => {
  test("has the sections of the English one", () => {
    expect(korean.length).toBe(english.length);
    expect(korean.length).toBeGreaterThan(6);
  });

  const kinds = ["commands", "names", "figures"] as const;
  test.each(kinds.flatMap((kind) => english.map((_, at) => ({ kind, at }))))(
    "has its $kind in section $at",
    ({ kind, at }) => {
      expect(korean[at]?.[kind]).toEqual(english[at]?.[kind]);
    },
  );

  test("has its links, and each is linked from the other", () => {
    const all = (sections: Section[]) => sections.flatMap(({ links }) => links).sort();
    const others = (links: string[]) => links.filter((link) => !/^README(\.ko)?\.md$/.test(link));
    expect(others(all(korean))).toEqual(others(all(english)));
    expect(all(english)).toContain("README.ko.md");
    expect(all(korean)).toContain("README.md");
  });
});
