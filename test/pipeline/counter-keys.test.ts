import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSketch, encodeSketch } from "../../src/metrics/distinct-sketch.ts";
import type { Increment } from "../../src/metrics/increments.ts";
import type { Partial } from "../../src/metrics/merge.ts";
import {
  type CounterPart,
  type CounterWrite,
  dayPk,
  dayWrites,
  livePk,
  minuteWrites,
  setPrefix,
  shortKey,
  tallyParts,
} from "../../src/pipeline/counter-keys.ts";
import { pairs } from "../fixtures/pairs.ts";

const increment = (changes: { [K in keyof Increment]?: Increment[K] } = {}): Increment => ({
  bucket: "2026-11-22",
  metric: "clicks",
  set: "target",
  key: "posting-1",
  value: 3n,
  ...changes,
});
const one = { batch: "batch-1", shards: 1 };

/** What a table would do: adds numbers, and replaces bytes where there is something new. */
function apply(table: Map<string, CounterPart>, writes: readonly CounterWrite[]): void {
  for (const write of writes) {
    const { sk, longKey } = write.key;
    const known = table.get(sk)?.value;
    const value =
      "add" in write
        ? write.add + (typeof known === "bigint" ? known : 0n)
        : write.raise(typeof known === "bigint" ? undefined : known);
    if (value !== undefined) table.set(sk, { sk, value, ...(longKey === undefined ? {} : { longKey }) });
  }
}

describe("a counter's item", () => {
  test("of a day stands with its metric, under its combination and key", () => {
    expect(dayWrites([increment(), increment({ set: "", key: "", value: -5n })], one)).toEqual([
      { key: { pk: "2026-11-22#clicks", sk: "target#posting-1#0" }, add: 3n },
      { key: { pk: "2026-11-22#clicks", sk: "##0" }, add: -5n },
    ]);
    expect(dayPk("2026-11-22", "clicks")).toBe("2026-11-22#clicks");
  });

  test("of a live minute stands with all minutes of its metric, under the minute and its unit", () => {
    const minute = { bucket: "2026-11-22T10:10", metric: "revenue", set: "currency", key: "KRW" };
    expect(minuteWrites([increment(minute)], one)).toEqual([
      { key: { pk: "live#revenue", sk: "2026-11-22T10:10#KRW#0" }, add: 3n },
    ]);
    expect(livePk("revenue")).toBe("live#revenue");
  });

  test.each([
    ["of all keys", "target", undefined, ["target#a#0", "target##0"], ["target+device#a#0"]],
    ["of the empty key", "target", "", ["target##0", "target##7"], ["target#a#0"]],
    ["of one key", "target", "a", ["target#a#0", "target#a#12"], ["target#ab#0", "target##0"]],
    ["of the total", "", undefined, ["##0", "##1"], ["app##0"]],
  ])("is found by its prefix: %s", (_, set, key, found, others) => {
    const prefix = setPrefix(set, key);
    for (const sk of found) expect(sk.startsWith(prefix)).toBe(true);
    for (const sk of others) expect(sk.startsWith(prefix)).toBe(false);
  });

  test.each([
    ["batch-1", 8, 6],
    ["batch-1", 3, 1],
    ["batch-2", 8, 4],
    ["batch-3", 8, 2],
    ["batch-4", 3, 0],
  ])("of %s among %i shards is the same for each retry: %i", (batch, shards, shard) => {
    const writes = [...dayWrites([increment()], { batch, shards }), ...minuteWrites([increment()], { batch, shards })];
    expect(writes.map(({ key }) => key.sk)).toEqual([`target#posting-1#${shard}`, `2026-11-22#posting-1#${shard}`]);
  });
});

describe("a key", () => {
  test.each([
    ["x".repeat(800), "x".repeat(800)],
    ["x".repeat(801), "%55e803dee4d0581d2afcd0e6bd727659cd7c388302fe6f327dc0070fd7949a57"],
    ["한".repeat(266), "한".repeat(266)],
    ["한".repeat(267), "%a4e69dfc1f32f1438a6576ab2c99a227da47e186c9fdec4a4173db7aaabf174f"],
  ])("longer than 800 bytes is replaced by its hash (%#)", (key, short) => {
    expect(shortKey(key)).toBe(short);
    expect(setPrefix("target", key)).toBe(`target#${short}#`);
  });

  test("that was replaced is kept beside it", () => {
    const key = "x".repeat(801);
    const sk = "target#%55e803dee4d0581d2afcd0e6bd727659cd7c388302fe6f327dc0070fd7949a57#0";
    expect(dayWrites([increment({ key })], one)[0]?.key).toEqual({ pk: "2026-11-22#clicks", sk, longKey: key });
    expect(tallyParts([{ sk, longKey: key, value: 3n }], "target")).toEqual(new Map([[key, 3n]]));
  });
});

describe("a distinct counter's write", () => {
  const raise = (known: Uint8Array | undefined, sketch: string) => {
    const [write] = dayWrites([increment({ value: pairs(sketch) })], one);
    if (write === undefined || !("raise" in write)) throw new Error("No raise");
    expect(write.key).toEqual({ pk: "2026-11-22#clicks", sk: "target#posting-1#0" });
    const bytes = write.raise(known);
    return bytes && decodeSketch(bytes);
  };
  const known = encodeSketch(pairs("1:5 2:2"));

  test("begins an item that was not there", () => {
    expect(raise(undefined, "7:3")).toEqual(pairs("7:3"));
  });

  test("has nothing to do where all its ids are known", () => {
    expect(raise(known, "1:5 2:1")).toBeUndefined();
  });

  test("unites what is known with what is new", () => {
    expect(raise(known, "2:3 9:1")).toEqual(pairs("1:5 2:3 9:1"));
  });
});

describe("counters read back", () => {
  const keys = fc.constantFrom("", "a", "b", "a%2Bb", "a+b", "한국", "%25", "x".repeat(900), "y".repeat(900));
  const numbers = fc.record({ key: keys, value: fc.bigInt({ min: -9n, max: 9n }) });
  const sketches = fc.record({
    key: keys,
    value: fc
      .array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 3 })
      .map((pairs): Partial => new Map(pairs)),
  });
  const batches = <T>(of: fc.Arbitrary<T>) => fc.array(fc.array(of, { maxLength: 4 }), { maxLength: 6 });
  const readBack = (all: { key: string; value: Partial }[][], shards: number, set: string) => {
    const table = new Map<string, CounterPart>();
    for (const [i, batch] of all.entries()) {
      const increments = batch.map((some) => increment({ ...some, set }));
      apply(table, dayWrites(increments, { batch: `batch ${i}`, shards }));
    }
    return tallyParts(table.values(), set);
  };

  test("are the sums of what all batches added, over however many shards", () => {
    fc.assert(
      fc.property(batches(numbers), fc.integer({ min: 1, max: 4 }), fc.constantFrom("", "target"), (all, n, set) => {
        const sums = new Map<string, bigint>();
        for (const { key, value } of all.flat()) sums.set(key, (sums.get(key) ?? 0n) + value);
        expect(readBack(all, n, set)).toEqual(sums);
      }),
    );
  });

  test("are the unions of what all batches saw, over however many shards", () => {
    fc.assert(
      fc.property(batches(sketches), fc.integer({ min: 1, max: 4 }), (all, shards) => {
        const unions = new Map<string, Map<number, number>>();
        for (const { key, value } of all.flat()) {
          if (typeof value === "bigint") continue;
          const union = unions.get(key) ?? new Map<number, number>();
          for (const [register, rank] of value) union.set(register, Math.max(rank, union.get(register) ?? 0));
          unions.set(key, union);
        }
        expect(readBack(all, shards, "target")).toEqual(unions);
      }),
    );
  });

  test("of a live minute have their unit as key", () => {
    const minute = "2026-11-22T10:10";
    const parts = [
      { sk: `${minute}#KRW#0`, value: 2n },
      { sk: `${minute}#KRW#11`, value: 3n },
      { sk: `${minute}##0`, value: 1n },
    ];
    expect(tallyParts(parts, minute)).toEqual(
      new Map([
        ["KRW", 5n],
        ["", 1n],
      ]),
    );
  });
});
