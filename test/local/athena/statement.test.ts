import { describe, expect, test } from "vitest";
import { bindParameters } from "../../../local/athena/parameters.ts";
import { parseStatement } from "../../../local/athena/statement.ts";

const table = { name: "rollups", database: undefined };

describe("a statement is taken apart", () => {
  test.each([
    ["SELECT 1;", { kind: "select", query: "SELECT 1" }],
    ["  -- why\n/* and\nhow */ select '--no' ", { kind: "select", query: "select '--no'" }],
    ["WITH x AS (SELECT 1) SELECT * FROM x", { kind: "select", query: "WITH x AS (SELECT 1) SELECT * FROM x" }],
    [
      "unload (SELECT ')' || \"a\" FROM (SELECT 1) TO_) TO 's3://b/it''s/' WITH ( compression='SNAPPY' , format = 'PARQUET')",
      {
        kind: "unload",
        query: "SELECT ')' || \"a\" FROM (SELECT 1) TO_",
        location: "s3://b/it's/",
        compression: "SNAPPY",
      },
    ],
    [
      "ALTER TABLE rollups ADD IF NOT EXISTS PARTITION (dt = '2026-11-22') LOCATION 's3://b/a/'",
      {
        kind: "add",
        table,
        unlessExists: true,
        partitions: [{ spec: { dt: "2026-11-22" }, location: "s3://b/a/" }],
      },
    ],
    [
      "alter table `db`.`rollups` add partition (dt='1') location 's3://b/1/' partition (\"dt\"='2'), PARTITION (dt='3')",
      {
        kind: "add",
        table: { name: "rollups", database: "db" },
        unlessExists: false,
        partitions: [
          { spec: { dt: "1" }, location: "s3://b/1/" },
          { spec: { dt: "2" }, location: undefined },
          { spec: { dt: "3" }, location: undefined },
        ],
      },
    ],
    [
      "ALTER TABLE rollups\nPARTITION (dt='2026-11-22')\nSET LOCATION 's3://b/run=2/';",
      { kind: "move", table, spec: { dt: "2026-11-22" }, location: "s3://b/run=2/" },
    ],
    [
      "ALTER TABLE rollups DROP IF EXISTS PARTITION (dt='1'), PARTITION (dt='2')",
      { kind: "drop", table, ifExists: true, specs: [{ dt: "1" }, { dt: "2" }] },
    ],
    [
      "SHOW PARTITIONS AwsDataCatalog.db.rollups",
      { kind: "showPartitions", table: { name: "rollups", database: "db" } },
    ],
    ["show tables in db", { kind: "showTables" }],
  ])("%s", (text, statement) => {
    expect(parseStatement(text)).toEqual(statement);
  });

  test.each(["", "ALTER TABLE x ADD COLUMNS (a int)", "ALTER TABLE x ADD PARTITION dt='1'", "INSERT INTO x SELECT 1"])(
    "or refused: %s",
    (text) => {
      expect(() => parseStatement(text)).toThrow(/Local Athena does not support|mismatched/);
    },
  );
});

describe("parameters", () => {
  test("stand in for question marks outside of texts, names and comments", () => {
    const query = "SELECT '?', \"a?\" -- ?\n FROM t /* ? */ WHERE a = ? AND b IN (?, ?)";
    expect(bindParameters(query, ["'it''s ?'", "-5", "CAST('2020-01-01' AS DATE)"])).toBe(
      "SELECT '?', \"a?\" -- ?\n FROM t /* ? */ WHERE a =  'it''s ?'  AND b IN ( -5 ,  CAST('2020-01-01' AS DATE) )",
    );
  });

  test.each([[[]], [["1"]], [["1", "2", "3"]]])("are refused when there are too few or too many: %j", (parameters) => {
    expect(() => bindParameters("SELECT ?, ?", parameters)).toThrow(
      `Incorrect number of parameters: expected 2 but found ${parameters.length}`,
    );
  });

  test.each(["x", "1 OR 1=1", "'a' OR 'a'='a'", "'a", "''a'", "(SELECT 1)", "'a'--", "CAST((SELECT 1) AS DATE)"])(
    "are refused when they are no literal: %s",
    (parameter) => {
      expect(() => bindParameters("SELECT ?", [parameter])).toThrow("Parameter 1 is not a literal");
    },
  );
});
