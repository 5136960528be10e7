import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNestedDeeper, MAX_BODY_DEPTH, parseBody } from "../../src/collect/parse-body.ts";

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe("isNestedDeeper", () => {
  test("counts what JSON.parse nests, whatever texts and keys hold", () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, text) => {
        const nested = JSON.stringify([{ [`${text}[{"`]: JSON.parse(json) }, text, '\\"[['.repeat(9)]);
        const depth = depthOf(JSON.parse(nested));
        expect([isNestedDeeper(nested, depth), isNestedDeeper(nested, depth - 1)]).toEqual([false, true]);
      }),
    );
  });
});

describe("parseBody", () => {
  test("is JSON.parse for what is not nested too deep", () => {
    const text = `${"[".repeat(MAX_BODY_DEPTH)}{"a":1}`.slice(1) + "]".repeat(MAX_BODY_DEPTH - 1);
    expect(parseBody(text)).toEqual(JSON.parse(text));
    expect(JSON.stringify(parseBody('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  test("cuts off what lies deeper, and nothing else", () => {
    const deep = "[".repeat(5000) + "]".repeat(5000);
    const value = parseBody(`{"a":1,"__proto__":${deep},"b":[null,"x",{"c":2}]}`);
    expect(depthOf(value)).toBe(MAX_BODY_DEPTH);
    expect(value).toMatchObject({ a: 1, b: [null, "x", { c: 2 }] });
    expect(JSON.stringify(value)).toContain(`"__proto__":${"[".repeat(MAX_BODY_DEPTH - 1)}"…"]`);
  });

  test("throws for what is no JSON", () => {
    expect(() => parseBody("[".repeat(1000))).toThrow(SyntaxError);
  });
});
