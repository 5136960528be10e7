import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addTo,
  coordinatesOf,
  covers,
  decodeSketch,
  encodeSketch,
  estimate,
  fromCodes,
  mergeSketches,
  REGISTERS,
  type Sketch,
  toCode,
} from "../../src/metrics/distinct-sketch.ts";

const sketches = fc
  .array(fc.tuple(fc.integer({ min: 0, max: REGISTERS - 1 }), fc.integer({ min: 1, max: 53 })), { maxLength: 3000 })
  .map((pairs): Sketch => new Map(pairs));

function sketchOf(prefix: string, count: number): Sketch {
  const sketch: Sketch = new Map();
  for (let i = 0; i < count; i++) addTo(sketch, coordinatesOf(`${prefix}/${i}`));
  return sketch;
}

describe("estimate", () => {
  it("is at most 1 off below 30 in 99 of 100 random sets", () => {
    const sets = Array.from({ length: 2900 }, (_, i) => ({ size: 1 + (i % 29), prefix: `small ${i}` }));
    const off = sets.filter(({ size, prefix }) => Math.abs(estimate(sketchOf(prefix, size)) - size) > 1);
    expect(off.length / sets.length).toBeLessThanOrEqual(0.01);
  });

  it.each([500, 520, 2000, 10_000, 40_000])("has a standard error of at most 1.7 %% at %i", (size) => {
    const sets = Math.min(200, 1_000_000 / size);
    const errors = Array.from({ length: sets }, (_, i) => estimate(sketchOf(`${size} ${i}`, size)) / size - 1);
    const squared = errors.reduce((sum, error) => sum + error * error, 0) / sets;
    // The measured error of so few sets scatters by 1 / sqrt(2 n) around the true one.
    expect(Math.sqrt(squared)).toBeLessThanOrEqual(0.017 * (1 + 1 / Math.sqrt(2 * sets)));
  });

  it("is 0 when the set is empty", () => {
    expect(estimate(new Map())).toBe(0);
  });
});

describe("a sketch", () => {
  it("is the same when an id comes again", () => {
    const sketch = sketchOf("again", 100);
    const twice = new Map(sketch);
    for (let i = 0; i < 100; i++) addTo(twice, coordinatesOf(`again/${i}`));
    expect(twice).toEqual(sketch);
  });

  it("is merged in any order and grouping, and with itself", () => {
    fc.assert(
      fc.property(sketches, sketches, sketches, (a, b, c) => {
        expect(mergeSketches(a, b)).toEqual(mergeSketches(b, a));
        expect(mergeSketches(mergeSketches(a, b), c)).toEqual(mergeSketches(a, mergeSketches(b, c)));
        expect(mergeSketches(a, a)).toEqual(a);
        expect(covers(mergeSketches(a, b), b)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("survives being written as bytes and as codes", () => {
    fc.assert(
      fc.property(sketches, (sketch) => {
        const bytes = encodeSketch(sketch);
        expect(decodeSketch(bytes)).toEqual(sketch);
        expect(bytes.length).toBeLessThanOrEqual(3073);
        expect(fromCodes([...sketch].map(([register, rank]) => toCode(register, rank)))).toEqual(sketch);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses bytes that are none", () => {
    expect(() => decodeSketch(new Uint8Array([7, 1, 2]))).toThrow("Cannot read distinct sketch: form 7 of 3 bytes");
  });
});
