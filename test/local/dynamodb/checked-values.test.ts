import fc from "fast-check";
import { expect, test } from "vitest";
import { checkedValues } from "../../../local/dynamodb/checked-values.ts";

const item = fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.string()), { noNullPrototype: true });

test("a value is read as it was written, by this release and by earlier ones", () => {
  fc.assert(
    fc.property(item, (value) => {
      expect(checkedValues.decode(checkedValues.encode(value))).toEqual(value);
      expect(checkedValues.decode(JSON.stringify(value))).toEqual(value);
    }),
  );
});

test("a value is never read as another, whichever of its bits has flipped", () => {
  fc.assert(
    fc.property(item, fc.nat(), fc.nat(7), (value, at, bit) => {
      const bytes = Buffer.from(checkedValues.encode(value));
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
      expect(() => checkedValues.decode(bytes.toString())).toThrow();
    }),
  );
});
