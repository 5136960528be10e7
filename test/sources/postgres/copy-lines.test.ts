import fc from "fast-check";
import { expect, test } from "vitest";
import { type CopiedRow, copiedRows } from "../../../src/sources/postgres/copy-lines.ts";

const letters: Record<string, string> = {
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};
/** As COPY writes a field. */
const written = (field: string | null) =>
  field?.replace(/[\\\b\f\n\r\t\v]/g, (letter) => letters[letter] ?? letter) ?? "\\N";
const field = fc.oneof(
  fc.constant(null),
  fc.constantFrom("", "\\N", "\\", "a\tb", "한국 🙂\n"),
  fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "").toWellFormed()),
);
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width })));

async function* streamOf(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

test("rows are what was written, wherever the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.array(fc.nat(200)), async (rows, cuts) => {
      const bytes = Buffer.from(rows.map((row) => `${row.map(written).join("\t")}\n`).join(""));
      const places = [0, ...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
      const read: CopiedRow[] = [];
      for await (const some of copiedRows(streamOf(chunks))) read.push(...some);
      expect(read.map(({ fields }) => fields)).toEqual(rows);
      expect(read.map(({ nulls }) => nulls)).toEqual(rows.map((row) => row.filter((one) => one === null).length));
    }),
  );
});
