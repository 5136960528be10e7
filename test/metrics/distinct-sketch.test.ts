import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addTo,
  coordinatesOf,
  covers,
  decodeSketch,
  encodeSketch,
  estimate,
  estimateOf,
  fromCodes,
  fromWords,
  mergeSketches,
  REGISTERS,
  type Sketch,
  toCode,
  toWords,
} from "../../src/metrics/distinct-sketch.ts";
import { pairs } from "../fixtures/pairs.ts";

const sketches = fc
  .array(fc.tuple(fc.integer({ min: 0, max: REGISTERS - 1 }), fc.integer({ min: 1, max: 53 })), { maxLength: 3000 })
  .map((pairs): Sketch => new Map(pairs));

function sketchOf(prefix: string, count: number): Sketch {
  const sketch: Sketch = new Map();
  for (let i = 0; i < count; i++) addTo(sketch, coordinatesOf(`${prefix}/${i}`));
  return sketch;
}

/** Computed with 60 digits from the sums in Ertl's paper (algorithm 6), by another program. */
describe("the number of a histogram of ranks", () => {
  it.each([
    ["no register", "", 0],
    ["one id", "1:1", 1],
    ["the last that is read by linear counting", "1:511", 546],
    ["the first that is not", "1:512", 545],
    ["two ranks at that border", "1:400 2:112", 545],
    ["a quarter of the registers", "1:1096", 1249],
    ["ranks as chance deals them", "1:1000 2:500 3:250", 2232],
    ["a few high ranks", "1:2000 2:1000 10:1000", 8970],
    ["all registers but one", "1:4095", 5908],
    ["all registers", "1:2048 2:1024 3:512 4:512", 8795],
    ["a register at the highest rank, which is too few to tell", "3:600 53:2", 655],
    ["almost only the highest rank", "1:1 53:4095", 24_204_406],
  ])("is right for %s", (_name, ranks, expected) => {
    expect(estimateOf(pairs(ranks))).toBe(expected);
  });

  it.each([
    ["52:4096", 1.3306513097844322e19],
    ["53:1 52:4095", 1.3308679261805418e19],
    ["52:2048 53:2048", 2.0473779359949148e19],
    ["50:96 53:4000", 5.0798189938239013e19],
  ])("is right to 12 digits at the end of the ranks: %j", (ranks, expected) => {
    expect(Math.abs(estimateOf(pairs(ranks)) / expected - 1)).toBeLessThan(1e-12);
  });

  it("doubles when every register is one rank higher", () => {
    const full = (rank: number) => estimateOf(new Map([[rank, REGISTERS]]));
    expect([full(1), full(2), full(5)]).toEqual([5909, 11_819, 94_548]);
  });

  it("is that of the sketch", () => {
    const ranks = Array.from({ length: 1750 }, (_, i) => (i < 1000 ? 1 : i < 1500 ? 2 : 3));
    expect(estimate(new Map(ranks.entries()))).toBe(2232);
  });
});

/** The first bytes of the ids' SHA-256, read by another program. */
describe("the coordinates of an id", () => {
  it.each([
    ["visitor-0", 3942, 1],
    ["visitor-1", 2044, 1],
    ["visitor-2", 3163, 1],
    // Here the 20 bits after the register are zeros.
    ["visitor-638346", 2849, 21],
    ["visitor-2627294", 1307, 23],
  ])("of %s never change", (id, register, rank) => {
    expect(coordinatesOf(id)).toEqual({ register, rank });
  });
});

describe("covers", () => {
  const whole: Sketch = pairs("1:3 2:1");

  it.each([
    ["nothing", "", true],
    ["itself", "1:3 2:1", true],
    ["lower ranks", "1:2", true],
    ["a higher rank", "1:4", false],
    ["a higher rank beside a known one", "2:1 1:4", false],
    ["another register", "3:1", false],
  ])("tells whether %s could already be in it", (_name, part, is) => {
    expect(covers(whole, pairs(part))).toBe(is);
  });
});

describe("the bytes of a sketch", () => {
  const registers = (count: number, rank: (register: number) => number): Sketch =>
    new Map(Array.from({ length: count }, (_, register) => [register, rank(register)]));

  it("are sorted codes of three bytes, in whatever order the ids came", () => {
    // 4095 × 64 + 53 = 0x3fff5, 1 × 64 + 2 = 0x42, 300 × 64 + 1 = 0x4b01
    const bytes = [1, 0, 0, 0x42, 0, 0x4b, 0x01, 0x03, 0xff, 0xf5];
    expect([...encodeSketch(pairs("4095:53 1:2 300:1"))]).toEqual(bytes);
    expect([...encodeSketch(pairs("1:2 300:1 4095:53"))]).toEqual(bytes);
    expect(decodeSketch(Uint8Array.from(bytes))).toEqual(pairs("1:2 300:1 4095:53"));
  });

  it("are one when it is empty", () => {
    expect([...encodeSketch(new Map())]).toEqual([1]);
    expect(decodeSketch(Uint8Array.from([1]))).toEqual(new Map());
  });

  it("are all ranks of six bits from 1,001 registers on", () => {
    expect(encodeSketch(registers(1000, () => 1)).length).toBe(3001);
    const bytes = encodeSketch(registers(1001, (register) => 1 + (register % 53)));
    // Ranks 1 to 8 in the first six bytes: 000001 000010 000011 000100 | 000101 000110 000111 001000
    expect([bytes.length, ...bytes.subarray(0, 7)]).toEqual([3073, 2, 0x04, 0x20, 0xc4, 0x14, 0x61, 0xc8]);
    // Register 1000 has rank 1 + 1000 % 53 = 47 = 101111, the next three are empty.
    expect([...bytes.subarray(751, 755)]).toEqual([0xbc, 0, 0, 0]);
  });

  it.each([1000, 1001, 2047, REGISTERS])("are read as what was written with %i registers", (count) => {
    const sketch = registers(count, (register) => 1 + ((register * 7) % 53));
    expect(decodeSketch(encodeSketch(sketch))).toEqual(sketch);
  });

  it("are read when registers are missing between others", () => {
    const sketch = registers(REGISTERS, (register) => 53 - (register % 50));
    for (let register = 0; register < REGISTERS; register += 3) sketch.delete(register);
    expect(decodeSketch(encodeSketch(sketch))).toEqual(sketch);
  });

  it.each([
    ["no bytes", [], "form undefined of 0 bytes"],
    ["another form", [3, 0, 0, 0x42], "form 3 of 4 bytes"],
    ["half a code", [1, 0, 0, 0x42, 0], "form 1 of 5 bytes"],
    ["codes that say they are ranks", [2, 0, 0, 0x42], "form 2 of 4 bytes"],
    ["too few ranks", [2, ...new Uint8Array(3069)], "form 2 of 3070 bytes"],
    ["too many ranks", [2, ...new Uint8Array(3075)], "form 2 of 3076 bytes"],
    ["ranks of another form", [0, ...new Uint8Array(3072)], "form 0 of 3073 bytes"],
  ])("are refused when they are %s", (_name, bytes, problem) => {
    const read = () => decodeSketch(Uint8Array.from(bytes));
    expect(read).toThrow(new RangeError(`Cannot read distinct sketch: ${problem}`));
  });
});

describe("codes", () => {
  it("are register × 64 + rank, and the highest rank of a register wins", () => {
    expect(toCode(4095, 53)).toBe(262_133);
    expect(fromCodes([130, 262_133, 129, 131])).toEqual(pairs("2:3 4095:53"));
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
});

describe("estimate", () => {
  it("is at most 1 off below 30 in 99 of 100 random sets", () => {
    const sets = Array.from({ length: 2900 }, (_, i) => ({ size: 1 + (i % 29), prefix: `small ${i}` }));
    const off = sets.filter(({ size, prefix }) => Math.abs(estimate(sketchOf(prefix, size)) - size) > 1);
    expect(off.length / sets.length).toBeLessThanOrEqual(0.01);
  });

  it.each([500, 520, 2000, 10_000, 40_000])("has a standard error of at most 1.7 percent at %i", (size) => {
    const sets = Math.min(200, 300_000 / size);
    const errors = Array.from({ length: sets }, (_, i) => estimate(sketchOf(`${size} ${i}`, size)) / size - 1);
    const squared = errors.reduce((sum, error) => sum + error * error, 0) / sets;
    // The measured error of so few sets varies by 1 / sqrt(2 n) around the true one.
    expect(Math.sqrt(squared)).toBeLessThanOrEqual(0.017 * (1 + 1 / Math.sqrt(2 * sets)));
  });
});

describe("the words in which the lake holds a sketch", () => {
  it("bring every sketch back, and are few and in order", () => {
    fc.assert(
      fc.property(sketches, (sketch) => {
        const words = toWords(sketch);
        expect(fromWords(words)).toEqual(sketch);
        expect(words.length).toBeLessThanOrEqual(Math.min(sketch.size, 456));
        expect(words).toEqual(words.toSorted((a, b) => (a < b ? -1 : 1)));
        for (const word of words) expect(BigInt.asIntN(64, word)).toBe(word);
      }),
    );
  });

  it("hold nine registers from the lowest bits on, and the number of the block above them", () => {
    expect(
      toWords(
        new Map([
          [0, 1],
          [8, 53],
        ]),
      ),
    ).toEqual([1n + 53n * 2n ** 48n]);
    expect(toWords(new Map([[4095, 2]]))).toEqual([455n * 2n ** 54n + 2n]);
    expect(toWords(new Map())).toEqual([]);
  });
});
