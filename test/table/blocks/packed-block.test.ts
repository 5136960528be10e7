import fc from "fast-check";
import { expect, test } from "vitest";
import { toSection } from "../../../src/metrics/block.ts";
import {
  packBlock,
  packNames,
  partsOf,
  toItems,
  unpackBlock,
  unpackNames,
} from "../../../src/table/blocks/packed-block.ts";
import { createRandom } from "../../../tools/random.ts";

const section = toSection("clicks", "app", new Map([["web", 3n]]));

test("a block is read as it was packed, with its facts", () => {
  const block = unpackBlock(packBlock({ arrived: 1_700_000_000_000, groups: ["a", "b#c"] }, [section]));
  expect(block).toMatchObject({ arrived: 1_700_000_000_000, groups: ["a", "b#c"] });
  expect(block.read("clicks", "app")).toEqual(new Map([["web", 3n]]));
});

test("other bytes are refused", () => {
  expect(() => unpackBlock(Buffer.of(9, 1, 2))).toThrow(new RangeError("Cannot read block: form 9 is not known"));
});

test("what fits an item is one, and what does not is in parts that name themselves last", () => {
  const small = packBlock({ arrived: 0 }, [section]);
  expect(toItems("0a", small)).toEqual([{ sk: "0a", body: small }]);
  expect(partsOf({ sk: "0a", body: small })).toEqual([]);
  const random = createRandom(1);
  const large = Buffer.from(Array.from({ length: 1_000_000 }, () => Math.floor(random() * 256)));
  const items = toItems("0a", large);
  const main = items.at(-1);
  expect(items.map(({ body }) => body.length <= 400_000 - 2_000)).toEqual([true, true, true, true]);
  expect(main?.sk).toBe("0a");
  expect(main && partsOf(main)).toEqual(items.slice(0, -1).map(({ sk }) => sk));
  expect(Buffer.concat(items.slice(0, -1).map(({ body }) => body)).equals(large)).toBe(true);
  large[5] = (large[5] ?? 0) ^ 1;
  const keys = new Set(items.map(({ sk }) => sk));
  // Parts with different content never have the same key.
  expect(toItems("0a", large).filter(({ sk }) => keys.has(sk))).toHaveLength(1);
});

test("names of batches are kept, in whatever order they come", () => {
  const id = fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map((bytes) => `0${Buffer.from(bytes).toString("base64url")}`);
  fc.assert(
    fc.property(fc.uniqueArray(id, { maxLength: 40 }), (names) => {
      expect(unpackNames(packNames(names))).toEqual(names.toSorted());
      expect(packNames(names.toReversed())).toEqual(packNames(names));
      expect(partsOf({ sk: "1a#names", body: packNames(names) })).toEqual([]);
    }),
  );
});
