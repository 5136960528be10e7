/** What each type of MySQL and MariaDB becomes, and which values it cannot hold: snapshots of a real server, read by DuckDB. */
import type { Connection } from "mysql2/promise";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MysqlKind } from "./mysql-servers.ts";
import { startSnapshotStage } from "./snapshot-stage.ts";

const hex = (bytes: string) => bytes.replace(/../g, "\\x$&");
const double = (number: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(number);
  return bytes.toString("hex").toUpperCase();
};
const POINT = "0101000000000000000000F03F0000000000000040";

/**
 * A type, the type in the lake, values in the server's words, and the values there; null with what is kept where it
 * cannot hold one.
 */
export type TypeCase = [type: string, lake: string, values: [sql: string, stored: string | null, kept?: string][]];

/** Of both. */
const cases: TypeCase[] = [
  [
    "decimal(12, 2)",
    "DECIMAL(12,2)",
    [
      ["12.50", "12.50"],
      ["-0.01", "-0.01"],
    ],
  ],
  [
    "decimal(38, 10)",
    "DECIMAL(38,10)",
    [["1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"]],
  ],
  ["decimal(65, 2)", "VARCHAR", [[`${"9".repeat(63)}.25`, `${"9".repeat(63)}.25`]]],
  [
    "tinyint(1)",
    "BIGINT",
    [
      ["-5", "-5"],
      ["127", "127"],
    ],
  ],
  ["smallint", "BIGINT", [["-32768", "-32768"]]],
  ["mediumint(8) unsigned zerofill", "BIGINT", [["7", "7"]]],
  ["int unsigned", "BIGINT", [["4294967295", "4294967295"]]],
  [
    "bigint",
    "BIGINT",
    [
      ["9223372036854775807", "9223372036854775807"],
      ["-9223372036854775808", "-9223372036854775808"],
    ],
  ],
  [
    "bigint unsigned",
    "DECIMAL(20,0)",
    [
      ["18446744073709551615", "18446744073709551615"],
      ["0", "0"],
    ],
  ],
  [
    "float",
    "DOUBLE",
    [
      ["0.1", "0.10000000149011612"],
      ["16777217", "16777216.0"],
    ],
  ],
  [
    "double",
    "DOUBLE",
    [
      ["0.1", "0.1"],
      ["1.7976931348623157e308", "1.7976931348623157e+308"],
      ["5e-324", "5e-324"],
    ],
  ],
  ["double(10, 2)", "DOUBLE", [["1.235", "1.24"]]],
  [
    "bit(5)",
    "VARCHAR",
    [
      ["b'10110'", "10110"],
      ["b'1'", "00001"],
    ],
  ],
  ["bit(64)", "VARCHAR", [[`b'${"10".repeat(32)}'`, "10".repeat(32)]]],
  [
    "year",
    "BIGINT",
    [
      ["2026", "2026"],
      ["0", "0"],
    ],
  ],
  [
    "date",
    "DATE",
    [
      ["'2024-02-29'", "2024-02-29"],
      ["'0000-00-00'", null, "0000-00-00"],
      ["'2020-00-00'", null, "2020-00-00"],
      ["'9999-12-31'", "9999-12-31"],
    ],
  ],
  [
    "datetime",
    "TIMESTAMP",
    [
      ["'1000-01-01 00:00:00'", "1000-01-01 00:00:00"],
      ["'0000-00-00'", null, "0000-00-00 00:00:00"],
    ],
  ],
  [
    "datetime(6)",
    "TIMESTAMP",
    [
      ["'2026-11-25 10:06:03.000001'", "2026-11-25 10:06:03.000001"],
      ["'0000-00-00'", null, "0000-00-00 00:00:00.000000"],
    ],
  ],
  [
    "timestamp(6) null",
    "TIMESTAMP WITH TIME ZONE",
    [
      ["'2026-11-25 10:06:03.123456'", "2026-11-25 10:06:03.123456+00"],
      ["0", null, "0000-00-00 00:00:00.000000"],
    ],
  ],
  [
    "time(6)",
    "VARCHAR",
    [
      ["'-838:59:59'", "-838:59:59.000000"],
      ["'10:06:03.123456'", "10:06:03.123456"],
    ],
  ],
  [
    "time",
    "VARCHAR",
    [
      ["'838:59:59'", "838:59:59"],
      ["'24:00:00'", "24:00:00"],
    ],
  ],
  [
    "enum('calm', 'busy')",
    "VARCHAR",
    [
      ["'busy'", "busy"],
      ["'other'", null, ""],
    ],
  ],
  [
    "enum('', 'it''s')",
    "VARCHAR",
    [
      ["''", ""],
      ["'it''s'", "it's"],
    ],
  ],
  [
    "set('a', 'b', 'c')",
    "VARCHAR[]",
    [
      ["'a,c'", "[a, c]"],
      ["''", "[]"],
    ],
  ],
  ["char(4)", "VARCHAR", [["'ab'", "ab"]]],
  ["varchar(20) character set latin1", "VARCHAR", [["'é€'", "é€"]]],
  ["varchar(20) character set euckr", "VARCHAR", [["'한국'", "한국"]]],
  [
    "text character set utf8mb4 collate utf8mb4_bin",
    "VARCHAR",
    [
      ["'한국 🙂'", "한국 🙂"],
      ["'tab\\tline\\nback\\\\slash\\0'", "tab\tline\nback\\slash\0"],
      ["''", ""],
      ["'\\\\N'", "\\N"],
    ],
  ],
  ["longtext", "VARCHAR", [["repeat('x', 3000000)", "x".repeat(3_000_000)]]],
  ["binary(3)", "BLOB", [["x'00ff'", hex("00FF00")]]],
  [
    "varbinary(9)",
    "BLOB",
    [
      ["x'00ff5c'", "\\x00\\xFF\\x5C"],
      ["''", ""],
    ],
  ],
  ["longblob", "BLOB", [["repeat(x'ff', 100000)", hex("FF".repeat(100_000))]]],
  ["geometry", "BLOB", [["ST_GeomFromText('POINT(1 2)')", POINT]]],
  ["point", "BLOB", [["ST_GeomFromText('POINT(1 2)')", POINT]]],
  [
    "linestring",
    "BLOB",
    [["ST_GeomFromText('LINESTRING(1 2, 2 1)')", `010200000002000000${[1, 2, 2, 1].map(double).join("")}`]],
  ],
  [
    "polygon",
    "BLOB",
    [
      [
        "ST_GeomFromText('POLYGON((0 0, 1 0, 1 1, 0 0))')",
        `01030000000100000004000000${[0, 0, 1, 0, 1, 1, 0, 0].map(double).join("")}`,
      ],
    ],
  ],
  ["multipoint", "BLOB", [["ST_GeomFromText('MULTIPOINT(1 2)')", `010400000001000000${POINT}`]]],
  [
    "multilinestring",
    "BLOB",
    [
      [
        "ST_GeomFromText('MULTILINESTRING((1 2, 2 1))')",
        `010500000001000000010200000002000000${[1, 2, 2, 1].map(double).join("")}`,
      ],
    ],
  ],
  [
    "multipolygon",
    "BLOB",
    [
      [
        "ST_GeomFromText('MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))')",
        `01060000000100000001030000000100000004000000${[0, 0, 1, 0, 1, 1, 0, 0].map(double).join("")}`,
      ],
    ],
  ],
  ["geometrycollection", "BLOB", [["ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')", `010700000001000000${POINT}`]]],
];

const isGeometry = (type: string) => /^(multi)?(geom|point|line|poly)/.test(type);

/** Tests the types of both, and `others` that only this server has. */
export function testTypes({ engine, start, limitStatements }: MysqlKind, others: readonly TypeCase[]): void {
  const stack = new AsyncDisposableStack();
  let client: Connection;
  let stage: Awaited<ReturnType<typeof startSnapshotStage>>;
  beforeAll(async () => {
    const server = stack.use(await start());
    client = await server.connect();
    stack.defer(() => client.end());
    stage = stack.use(await startSnapshotStage(server));
    await client.query("CREATE DATABASE shop; USE shop");
    // The server as others have set it: snapshots set their own session.
    await client.query(
      "SET GLOBAL time_zone = '+09:00', GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'",
    );
    await client.query(
      `SET GLOBAL sql_select_limit = 1; SET GLOBAL TRANSACTION ISOLATION LEVEL READ COMMITTED; ${limitStatements}`,
    );
    await client.query("SET sql_mode = '', time_zone = '+00:00'");
  });
  afterAll(() => stack.disposeAsync());

  test.each([...cases, ...others])("%s is %s, and what that cannot hold is kept", async (type, lake, values) => {
    await client.query("DROP TABLE IF EXISTS typed");
    await client.query(`CREATE TABLE typed (id int AUTO_INCREMENT PRIMARY KEY, \`Value\` ${type})`);
    for (const [value] of values) await client.query(`INSERT INTO typed (\`Value\`) VALUES (${value})`);
    await client.query("INSERT INTO typed (`Value`) VALUES (NULL)");
    const settings = {
      source: "shop",
      engine,
      secret: "arn",
      mayWrite: true,
      tables: [{ table: "shop.typed" }],
    };
    // Each type is the first that the table has.
    stage.tables.clear();
    const step = await stage.invocation(settings, undefined, {});
    expect(await stage.ask("shop.typed", "SELECT typeof(value) FROM $ LIMIT 1")).toEqual([[lake]]);
    const text = isGeometry(type) ? "hex(value)" : "value::varchar";
    const stored = await stage.ask("shop.typed", `SELECT id, ${text}, _kept FROM $ ORDER BY id`);
    expect(stored).toEqual([
      ...values.map(([, cell, kept], i) => [
        BigInt(i + 1),
        cell,
        kept === undefined ? null : JSON.stringify({ value: kept }),
      ]),
      [BigInt(values.length + 1), null, null],
    ]);
    const kept = values.filter(([, , one]) => one !== undefined).length;
    expect(step).toMatchObject({
      finished: { consistent: true, tables: [{ rows: values.length + 1, kept: kept === 0 ? {} : { value: kept } }] },
    });
  });
}
