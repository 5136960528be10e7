/** Glue's reads over a catalog of two tables: one with projected days, and one with days as partitions. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Glue, startGlue } from "../../../local/glue/catalog.ts";
import { readExpression } from "../../../local/glue/partition-expression.ts";
import { createGlueService } from "../../../local/glue/service.ts";
import { database, tables } from "../athena/athena-stage.ts";

let home: string;
let glue: Glue;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-glue-wire-"));
  glue = await startGlue({ home, tables: [...tables, { ...tables[0]!, database: "another", name: "events" }] });
  for (const dt of ["2026-11-21", "2026-11-20", "2026-11-22"])
    await glue.putPartition(tables[1]!, { values: dt, location: `s3://test-lake/rollups/dt=${dt}/run=1/` });
});
afterAll(async () => {
  await glue[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

type Partition = { Values: string[]; StorageDescriptor: object };
type Answer = { Partitions: Partition[]; Partition: Partition; TableList: { Name: string }[]; NextToken?: string };

/** What an operation returns, in one type for all. */
async function call(operation: string, input: object = {}) {
  const { operations } = createGlueService(glue, "000000000000");
  return (await operations[operation]?.(input)) as Answer;
}
const code = (answer: Promise<unknown>) =>
  answer.then(
    () => "none",
    (error) => error.code,
  );
const rollups = { DatabaseName: database, TableName: "rollups" };
const days = async (more: object = {}) => {
  const { Partitions } = (await call("GetPartitions", { ...rollups, ...more })) as {
    Partitions: { Values: string[] }[];
  };
  return Partitions.map(({ Values }) => Values[0]);
};

describe("tables that a function adds", () => {
  const input = (Name: string, ...columns: string[]) => ({
    Name,
    StorageDescriptor: { Columns: columns.map((one) => ({ Name: one, Type: "string" })), Location: `s3://x/${Name}/` },
  });

  test("are found, replaced, and there after a restart; those of the template stay as they are", async () => {
    const own = await mkdtemp(join(tmpdir(), "daymark-glue-added-"));
    let catalog = await startGlue({ home: own, tables });
    const ask = (operation: string, wire: object) => createGlueService(catalog, "1").operations[operation]?.(wire);
    const put = (operation: string, name: string, ...columns: string[]) =>
      ask(operation, { DatabaseName: database, TableInput: input(name, ...columns) }) ?? Promise.reject();
    await put("CreateTable", "latest_a", "x");
    await put("CreateTable", "latest_b", "x");
    await put("UpdateTable", "latest_a", "x", "y");
    expect(await code(put("CreateTable", "latest_a", "z"))).toBe("AlreadyExistsException");
    expect(await code(put("UpdateTable", "nothing"))).toBe("EntityNotFoundException");
    expect(await code(put("UpdateTable", "events", "x"))).toBe("AccessDeniedException");
    await catalog[Symbol.asyncDispose]();
    catalog = await startGlue({ home: own, tables });
    expect(await ask("GetTable", { DatabaseName: database, Name: "latest_a" })).toMatchObject({
      Table: { StorageDescriptor: { Columns: [{ Name: "x" }, { Name: "y" }] } },
    });
    expect(catalog.tables.map(({ name }) => name)).toEqual(["events", "rollups", "latest_b", "latest_a"]);
    await catalog[Symbol.asyncDispose]();
    await rm(own, { recursive: true, force: true });
  });
});

describe("databases and tables", () => {
  test("are listed, page by page, and found in any case", async () => {
    expect(await call("GetDatabases")).toMatchObject({ DatabaseList: [{ Name: "another" }, { Name: database }] });
    const first = await call("GetDatabases", { MaxResults: 1 });
    expect(first).toMatchObject({ DatabaseList: [{ Name: "another" }], NextToken: expect.any(String) });
    const second = await call("GetDatabases", { MaxResults: 1, NextToken: first.NextToken });
    expect(second).toEqual({ DatabaseList: [expect.objectContaining({ Name: database })] });
    expect(await call("GetDatabase", { Name: database.toUpperCase() })).toMatchObject({ Database: { Name: database } });
    expect(await call("GetTables", { DatabaseName: database })).toMatchObject({
      TableList: [{ Name: "events" }, { Name: "rollups" }],
    });
  });

  test.each([
    ["roll.*", ["rollups"]],
    ["*", ["events", "rollups"]],
    ["e*", ["events"]],
    ["events|rollups", ["events", "rollups"]],
    ["vent", []],
  ])("are found by the pattern %s", async (Expression, names) => {
    const { TableList } = (await call("GetTables", { DatabaseName: database, Expression })) as {
      TableList: { Name: string }[];
    };
    expect(TableList.map(({ Name }) => Name)).toEqual(names);
  });

  test("have their columns, keys and place", async () => {
    expect(await call("GetTable", { DatabaseName: database, Name: "rollups" })).toMatchObject({
      Table: {
        Name: "rollups",
        DatabaseName: database,
        CatalogId: "000000000000",
        PartitionKeys: [{ Name: "dt", Type: "string" }],
        StorageDescriptor: {
          Location: "s3://test-lake/rollups/",
          Columns: expect.arrayContaining([{ Name: "amount", Type: "decimal(38,0)" }]),
        },
      },
    });
  });

  test("that are not there are said to be missing", async () => {
    expect(await code(call("GetDatabase", { Name: "no" }))).toBe("EntityNotFoundException");
    expect(await code(call("GetTables", { DatabaseName: "no" }))).toBe("EntityNotFoundException");
    expect(await code(call("GetTable", { DatabaseName: database, Name: "no" }))).toBe("EntityNotFoundException");
    expect(await code(call("GetTable", { DatabaseName: database }))).toBe("InvalidInputException");
    expect(await code(call("DeleteTable", { DatabaseName: database, Name: "no" }))).toBe("EntityNotFoundException");
    expect(await code(call("DeleteTable", { DatabaseName: database, Name: "events" }))).toBe("AccessDeniedException");
    expect(await code(call("GetDatabases", { NextToken: "%%%" }))).toBe("InvalidInputException");
  });
});

describe("partitions", () => {
  test("have the place that the catalog gave them, in the order of their values", async () => {
    expect(await days()).toEqual(["2026-11-20", "2026-11-21", "2026-11-22"]);
    const { Partition } = (await call("GetPartition", { ...rollups, PartitionValues: ["2026-11-21"] })) as {
      Partition: object;
    };
    expect(Partition).toMatchObject({
      Values: ["2026-11-21"],
      StorageDescriptor: { Location: "s3://test-lake/rollups/dt=2026-11-21/run=1/", Columns: expect.any(Array) },
    });
  });

  test("come in pages", async () => {
    const seen: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const page = await call("GetPartitions", {
        ...rollups,
        MaxResults: 2,
        ...(NextToken !== undefined && { NextToken }),
      });
      seen.push(page.Partitions.map(({ Values }) => Values[0]));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(seen).toEqual([["2026-11-20", "2026-11-21"], ["2026-11-22"]]);
  });

  test("are found together, and those that are not there are named", async () => {
    const PartitionsToGet = [{ Values: ["2026-11-20"] }, { Values: ["1999-01-01"] }];
    expect(await call("BatchGetPartition", { ...rollups, PartitionsToGet })).toMatchObject({
      Partitions: [{ Values: ["2026-11-20"] }],
      UnprocessedKeys: [{ Values: ["1999-01-01"] }],
    });
    expect(await code(call("GetPartition", { ...rollups, PartitionValues: ["1999-01-01"] }))).toBe(
      "EntityNotFoundException",
    );
  });

  test.each([
    ["no list", { length: { toString: 1 } }],
    ["too many", Array(1001).fill({ Values: ["2026-11-20"] })],
  ])("are refused together where they are %s", async (_, PartitionsToGet) => {
    expect(await code(call("BatchGetPartition", { ...rollups, PartitionsToGet }))).toBe("InvalidInputException");
  });

  test("are none where days are projected", async () => {
    expect(await call("GetPartitions", { DatabaseName: database, TableName: "events" })).toEqual({ Partitions: [] });
  });

  test.each([
    ["dt = '2026-11-21'", [21]],
    ["dt='2026-11-21' OR dt='2026-11-22'", [21, 22]],
    ["dt > '2026-11-20' and dt <= '2026-11-21'", [21]],
    ["dt <> '2026-11-21'", [20, 22]],
    ["NOT (dt = '2026-11-21' or dt != '2026-11-22')", [22]],
    ["dt between '2026-11-21' and '2026-11-30' AND dt < '2026-11-22'", [21]],
    ["dt in ('2026-11-20', '2026-11-22')", [20, 22]],
    ["dt not in ('2026-11-20', '2026-11-22')", [21]],
    ["dt like '2026-11-2_'", [20, 21, 22]],
    ["(\"dt\" LIKE '%-22')", [22]],
    ["dt = '2026-11-20' or dt = '2026-11-21' and dt = 'no'", [20]],
    ["", [20, 21, 22]],
  ])("are filtered by %s", async (Expression, expected) => {
    expect(await days({ Expression })).toEqual(expected.map((day) => `2026-11-${day}`));
  });

  test.each([
    "dt",
    "dt =",
    "name = 'x'",
    "dt = '2026' extra",
    "(dt = '1'",
    "dt in '1'",
    "dt ~ '1'",
    "dt between '1'",
    "'",
  ])("refuse the filter %j", (text) => {
    expect(() => readExpression(text, ["dt"])).toThrow(expect.objectContaining({ code: "InvalidInputException" }));
  });
});
