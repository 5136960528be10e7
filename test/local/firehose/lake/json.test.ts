import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../../../../local/duckdb/database.ts";
import { selectRows } from "../../../../local/duckdb/parquet.ts";
import { compileConverter, splitDocuments } from "../../../../local/firehose/lake/json.ts";

const types = ["string", "bigint", "int", "smallint", "tinyint", "double", "boolean", "timestamp", "date"];
const columns = types.map((type) => ({ name: type, type }));
const convert = compileConverter(columns);

/** The row made from one value in one column, or the error message. */
function convertValue(type: string, json: string): unknown {
  const [one] = convert(`{"${type}":${json}}`);
  return one && "row" in one ? one.row : one?.message;
}

describe("splitDocuments", () => {
  test.each([
    ['{"a":1}{"a":2}', ['{"a":1}', '{"a":2}']],
    ['{"a":1}\n{"a":2}\r\n', ['{"a":1}', '{"a":2}']],
    ['{"a":"}{"}  {"a":"\\"}{"}', ['{"a":"}{"}', '{"a":"\\"}{"}']],
    ['{\n "a": [1,\n {"b": "\\\\"}]\n}\n{"c":1}', ['{\n "a": [1,\n {"b": "\\\\"}]\n}', '{"c":1}']],
    ['{"a":\n{"b":1}', ['{"a":', '{"b":1}']],
    ['{"a":"open\n{"b":1}', ['{"a":"open', '{"b":1}']],
    ["nonsense\n7\n[1]", ["nonsense", "7", "[1]"]],
    ["  \n ", []],
  ])("cuts %j", (record, documents) => expect(splitDocuments(record)).toEqual(documents));

  test("finds any documents again, however they are put together", () => {
    const document = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(
        fc.array(document, { minLength: 1, maxLength: 5 }),
        fc.constantFrom("", " ", "\n", "\r\n\t"),
        (documents, space) => {
          expect(splitDocuments(documents.join(space))).toEqual(documents);
        },
      ),
    );
  });

  test("does not take forever over a record of half documents", () => {
    const start = performance.now();
    expect(splitDocuments('{"a":[\n'.repeat(100_000)).length).toBe(100_000);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe("compileConverter", () => {
  test.each([
    ["string", '"x"', '{"string":"x"}'],
    ["string", "1.50", '{"string":"1.50"}'],
    ["string", "true", '{"string":"true"}'],
    [
      "string",
      '{"a": [1, "b"], "n": 12345678901234567890}',
      '{"string":"{\\"a\\":[1,\\"b\\"],\\"n\\":12345678901234567890}"}',
    ],
    ["string", '"\\ud83d"', '{"string":"\ufffd"}'],
    ["string", "null", "{}"],
    ["bigint", "9223372036854775807", '{"bigint":9223372036854775807}'],
    ["bigint", '"-12"', '{"bigint":-12}'],
    ["bigint", "9223372036854775808", 'Data does not match the schema. For input string: "9223372036854775808"'],
    ["bigint", '"oops"', 'Data does not match the schema. For input string: "oops"'],
    ["bigint", "1.5", 'Data does not match the schema. For input string: "1.5"'],
    ["bigint", "true", 'Data does not match the schema. For input string: "true"'],
    ["int", "2147483648", 'Data does not match the schema. For input string: "2147483648"'],
    ["smallint", '"007"', '{"smallint":7}'],
    ["tinyint", "-129", 'Data does not match the schema. For input string: "-129"'],
    ["double", '"1.5e3"', '{"double":"1.5e3"}'],
    ["double", "1e999", 'Data does not match the schema. For input string: "1e999"'],
    ["boolean", '"TRUE"', '{"boolean":true}'],
    ["boolean", "1", 'Data does not match the schema. For input string: "1"'],
    ["timestamp", '"2026-11-22T12:34:56Z"', '{"timestamp":"2026-11-22T12:34:56.000Z"}'],
    ["timestamp", '"2026-11-22T12:34:56.123456789Z"', '{"timestamp":"2026-11-22T12:34:56.123456Z"}'],
    ["timestamp", '"2026-1-2 12:34:56.5"', '{"timestamp":"2026-01-02T12:34:56.500Z"}'],
    ["timestamp", "1790000000", '{"timestamp":"2026-09-21T14:13:20.000Z"}'],
    ["timestamp", "1790000000123", '{"timestamp":"2026-09-21T14:13:20.123Z"}'],
    ["timestamp", '"1790000000"', '{"timestamp":"2026-09-21T14:13:20.000Z"}'],
    [
      "timestamp",
      '"2026-11-22T12:34:56.789+09:00"',
      'Data does not match the schema. For input string: "2026-11-22T12:34:56.789+09:00"',
    ],
    [
      "timestamp",
      '"2026-02-30T00:00:00.000Z"',
      'Data does not match the schema. For input string: "2026-02-30T00:00:00.000Z"',
    ],
    ["timestamp", '"infinity"', 'Data does not match the schema. For input string: "infinity"'],
    ["date", '"2026-11-22"', '{"date":"2026-11-22"}'],
  ])("makes of a %s column with %s: %s", (type, json, expected) => expect(convertValue(type, json)).toBe(expected));

  test("drops unknown keys, and keys that differ in case", () => {
    expect(convert('{"x":1,"STRING":"no","int":1,"__proto__":{"string":"no"}}')).toEqual([
      { text: expect.any(String), row: '{"int":1}' },
    ]);
  });

  test.each([
    ["nonsense", "DataFormatConversion.ParseError"],
    ['{"a":', "DataFormatConversion.ParseError"],
    ["[]", "DataFormatConversion.MalformedData"],
    ["7", "DataFormatConversion.MalformedData"],
    ["", "DataFormatConversion.MalformedData"],
    [`{"string":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, "DataFormatConversion.ParseError"],
  ])("refuses %.20s as %s", (record, code) => expect(convert(record)).toMatchObject([{ code }]));
});

describe("the slow path and DuckDB", () => {
  let database: Database;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "daymark-json-"));
    database = await openDatabase({ home: folder, threads: 1 });
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  async function rowsFrom(text: string): Promise<unknown[] | undefined> {
    const file = join(folder, "in.ndjson");
    await writeFile(file, `${text}\n`);
    using connection = await database.connect();
    try {
      return (await connection.runAndReadAll(selectRows({ files: [file], columns }))).getRowsJson();
    } catch {
      return undefined;
    }
  }

  /** Within JSON text, DuckDB writes 1e+21 as 1e21 and the slow path leaves it: one number in two spellings. */
  function respelled(rows: unknown): unknown {
    return JSON.parse(JSON.stringify(rows), (_key, cell) => {
      if (typeof cell !== "string" || !/^[[{]/.test(cell)) return cell;
      try {
        return JSON.parse(cell);
      } catch {
        return cell;
      }
    });
  }

  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string(),
    fc.constantFrom("", "NaN", "Infinity", "yes", "TRUE", "0x1", "1e3", " 1", "2026-11-22", "24:00", "\ud83d"),
  );
  const time = fc
    .date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString());
  const value = fc.oneof(
    text,
    time,
    fc.integer(),
    fc.bigInt().map(String),
    fc.double().map(String),
    fc.boolean(),
    fc.jsonValue(),
  );
  const row = fc.dictionary(fc.constantFrom(...types), value).map((fields) => JSON.stringify(fields));

  test("agree: what DuckDB takes directly is what the slow path makes of it, and it takes all of that", async () => {
    await fc.assert(
      fc.asyncProperty(row, async (document) => {
        const direct = await rowsFrom(document);
        const [slow] = convert(document);
        const viaSlow = slow && "row" in slow ? await rowsFrom(slow.row) : "refused";
        expect(viaSlow).toBeDefined();
        expect(respelled(direct ?? viaSlow)).toEqual(respelled(viaSlow));
      }),
      { numRuns: 100, examples: [[`{"string":{"a":-1e+21}}`]] },
    );
  }, 120_000);
});
