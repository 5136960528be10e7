import fc from "fast-check";
import { expect, test } from "vitest";
import { isNestedDeeper } from "../../src/collect/event/nested.ts";
import { parseBounded } from "../../src/sources/bounded-json.ts";

const lists = (levels: number, inner = "1") => "[".repeat(levels) + inner + "]".repeat(levels);
const objects = (levels: number, inner = "1") => `${'{"__proto__":'.repeat(levels)}${inner}${"}".repeat(levels)}`;

test("is what JSON.parse reads, up to 100 levels", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(parseBounded(`[${json},"${"x".repeat(200)}"]`)).toEqual([JSON.parse(json), "x".repeat(200)]);
    }),
  );
  for (const text of [lists(100), objects(100), lists(50, objects(50))])
    expect(JSON.stringify(parseBounded(text))).toBe(text);
  expect(() => parseBounded(lists(200).slice(1))).toThrow(SyntaxError);
});

test.each([101, 200, 100_000])("of %i levels keeps 100, and all that is beside them", (levels) => {
  for (const nest of [lists, objects]) {
    const text = `{"a":12345678901234567890,"b":${nest(levels - 1)},"c":[{"d":${nest(levels)}},"[["]}`;
    const json = JSON.stringify(parseBounded(text));
    expect([isNestedDeeper(json, 99), isNestedDeeper(json, 100)]).toEqual([true, false]);
    const { a: _, b: __, ...rest } = JSON.parse(json);
    expect(json).toMatch(/^\{"a":12345678901234567890,"b":/);
    expect(rest.c[1]).toBe("[[");
    expect(json.split("[nested too deeply]")).toHaveLength(3);
  }
});
