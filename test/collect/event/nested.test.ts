import fc from "fast-check";
import { expect, test } from "vitest";
import { isNestedDeeper } from "../../../src/collect/event/nested.ts";

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

test("isNestedDeeper counts what JSON.parse nests, whatever texts and keys hold", () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (json, text) => {
      const nested = JSON.stringify([{ [`${text}[{"`]: JSON.parse(json) }, text, '\\"[['.repeat(9)]);
      const depth = depthOf(JSON.parse(nested));
      expect([isNestedDeeper(nested, depth), isNestedDeeper(nested, depth - 1)]).toEqual([false, true]);
    }),
  );
});
