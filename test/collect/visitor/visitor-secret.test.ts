import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyedCoordinates, readVisitorSecret, sketchKeyOf } from "../../../src/collect/visitor/visitor-secret.ts";
import { addTo, coordinatesOf, estimate, type Sketch } from "../../../src/metrics/distinct-sketch.ts";

const estimateOf = (ids: readonly string[], key: string) => {
  const sketch: Sketch = new Map();
  for (const id of ids) addTo(sketch, keyedCoordinates(key, id));
  return estimate(sketch);
};

describe("the visitors' secret", () => {
  test("is a salt from which the key of distinct counts follows, or names both", () => {
    expect(readVisitorSecret("s")).toEqual({ salt: "s", sketch: sketchKeyOf("s") });
    expect(readVisitorSecret('{"salt":"new","sketch":"k"}')).toEqual({ salt: "new", sketch: "k" });
    expect(readVisitorSecret('{"salt":"new"}')).toEqual({ salt: "new", sketch: sketchKeyOf("new") });
  });

  test("may be any text: what is no such object is a salt", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readVisitorSecret(text).sketch).not.toBe("");
        expect(readVisitorSecret(text).salt).toBe(text);
      }),
    );
  });

  test("that is rotated with its key leaves everybody one visitor", () => {
    const ids = Array.from({ length: 200 }, (_, i) => `visitor ${i}`);
    const [before, after] = [
      readVisitorSecret("old"),
      readVisitorSecret(JSON.stringify({ salt: "new", sketch: sketchKeyOf("old") })),
    ];
    const sketch: Sketch = new Map();
    for (const { sketch: key } of [before, after]) for (const id of ids) addTo(sketch, keyedCoordinates(key, id));
    expect(estimate(sketch)).toBe(estimateOf(ids, before.sketch));
  });

  test("keeps chosen ids from counting as more than they are", () => {
    // For each register, the id with the highest rank, as somebody who knows the plain hash could choose it.
    const best = new Map<number, { id: string; rank: number }>();
    for (let i = 0; i < 60_000; i++) {
      const { register, rank } = coordinatesOf(`id ${i}`);
      if (rank > (best.get(register)?.rank ?? 0)) best.set(register, { id: `id ${i}`, rank });
    }
    const ids = [...best.values()].map(({ id }) => id);
    const plain: Sketch = new Map();
    for (const id of ids) addTo(plain, coordinatesOf(id));
    expect(estimate(plain)).toBeGreaterThan(ids.length * 5);
    const keyed = estimateOf(ids, sketchKeyOf("secret"));
    expect(Math.abs(keyed - ids.length) / ids.length).toBeLessThan(0.1);
  });
});
