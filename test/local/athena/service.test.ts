/** Athena on the local engine: what it reads and writes, and how it fails. What the SDK sees is in test/contract. */
import { existsSync } from "node:fs";
import { readdir, readFile, rename, utimes, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { hold } from "../held.ts";
import { type AthenaStage, bucket, startAthenaStage } from "./athena-stage.ts";

let stage: AthenaStage;
let next = 0;
beforeAll(async () => {
  stage = await startAthenaStage();
});
afterEach(() => {
  stage.faults.set([]);
  vi.useRealTimers();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A different day for each test. */
const newDay = () => new Date(Date.UTC(2020, 0, 1) + 86_400_000 * next++).toISOString().slice(0, 10);
const addEvents = (day: string, query: string) => stage.write(`events/dt=${day}`, query);
const count = async (where: string) => Number((await stage.rows(`SELECT count(*) FROM events WHERE ${where}`))[0]?.[0]);
const s3 = (folder: string) => `s3://${bucket}/${folder}`;

async function addRollup(day: string, query: string, run = "1") {
  await stage.write(`rollups/dt=${day}/run=${run}`, query);
  await stage.rows(`ALTER TABLE rollups ADD PARTITION (dt='${day}') LOCATION '${s3(`rollups/dt=${day}/run=${run}/`)}'`);
}

describe("a table with projected partitions", () => {
  test("has no rows when its folder, or that of a day, is missing or empty", async () => {
    const day = newDay();
    expect(await count(`dt = '${day}'`)).toBe(0);
    await stage.writeBytes(`events/dt=${day}`, "_SUCCESS", "");
    expect(await count(`dt = '${day}'`)).toBe(0);
  });

  test("shows a file as soon as it is there, and not one with a dot or underscore before its name", async () => {
    const day = newDay();
    for (let rows = 1; rows <= 5; rows++) {
      await addEvents(day, "SELECT 'e' AS event_id");
      await stage.writeBytes(`events/dt=${day}`, `.being-written-${rows}.parquet`, "not parquet");
      expect(await count(`dt = '${day}'`)).toBe(rows);
    }
  });

  test("reads a column that an old file lacks as NULL, and ignores one that the catalog lacks", async () => {
    const day = newDay();
    await addEvents(day, "SELECT 'old' AS event_id, 'x' AS was_here_once");
    await addEvents(day, "SELECT 5::BIGINT AS amount, 'new' AS event_id, true AS is_bot");
    const rows = await stage.rows(`SELECT event_id, amount, is_bot, dt FROM events WHERE dt = '${day}' ORDER BY 1`);
    expect(rows).toEqual([
      ["new", "5", "true", day],
      ["old", null, null, day],
    ]);
    await expect(stage.rows(`SELECT was_here_once FROM events WHERE dt = '${day}'`)).rejects.toThrow(
      "COLUMN_NOT_FOUND: line 1:8: Column 'was_here_once' cannot be resolved",
    );
  });

  test("says of each row which file it is in, to who asks for it, and takes files by that", async () => {
    const [day, other] = [newDay(), newDay()];
    for (const [at, id] of [
      [day, "a"],
      [day, "b"],
      [other, "c"],
    ] as const)
      await addEvents(at, `SELECT '${id}' AS event_id`);
    const found = await stage.rows(
      `SELECT event_id, "$path" FROM events WHERE dt IN ('${day}', '${other}') ORDER BY event_id`,
    );
    expect(found.map(([id]) => id)).toEqual(["a", "b", "c"]);
    for (const [, path] of found) expect(path).toMatch(/^s3:\/\/[\w-]+\/events\/dt=[\d-]+\/[^/]+\.parquet$/);
    const [first, , last] = found.map(([, path]) => path);
    expect(
      await stage.rows(`SELECT event_id FROM events WHERE dt = '${day}' AND "$path" IN ('${first}', '${last}')`),
    ).toEqual([["a"]]);
    // As in Trino, it is no column of the table.
    expect((await stage.rows(`SELECT * FROM events WHERE dt = '${day}'`))[0]).not.toContain(first);
    const [whole] = await stage.rows(`SELECT *, "$path" FROM events WHERE "$path" = '${first}'`);
    expect(whole?.filter((value) => value === first)).toHaveLength(1);
    expect(await stage.rows(`SELECT count(*) FROM events WHERE dt = '${day}' AND event_id <> '"$path"'`)).toEqual([
      ["2"],
    ]);
  });

  test("ends with tomorrow in UTC, as its projection says", async () => {
    vi.useFakeTimers({ now: new Date("2024-03-01T16:00:00Z"), toFake: ["Date"] });
    await addEvents("2024-03-02", "SELECT 'e' AS event_id");
    await addEvents("2024-03-03", "SELECT 'e' AS event_id");
    expect(await count("dt >= '2024-03-01'")).toBe(1);
  });

  test("is found under any spelling of its name", async () => {
    const day = newDay();
    await addEvents(day, "SELECT 'e' AS event_id");
    for (const name of ["Events", "daymark_test.events", '"AwsDataCatalog"."daymark_test"."events"', '"events"'])
      expect(await stage.rows(`SELECT count(*) FROM ${name} WHERE dt = '${day}'`)).toEqual([["1"]]);
  });
});

describe("partitions that a query cannot need are not opened", () => {
  const good = newDay();
  const bad = newDay();
  beforeAll(async () => {
    await addEvents(good, "SELECT 'e' AS event_id, 'click' AS name");
    await stage.writeBytes(`events/dt=${bad}`, "broken.parquet", "this is no parquet file");
  });

  test.each([
    `dt = '${good}'`,
    `'${good}' = dt`,
    `dt IN ('${good}', '2019-01-01')`,
    `dt BETWEEN '2019-01-01' AND '${good}'`,
    `dt >= '${good}' AND dt < '${bad}'`,
    `(dt = '${good}' OR dt = '2019-01-01') AND name = 'click'`,
    `events.dt <= '${good}' AND length(dt) = 10 AND dt >= '${good}'`,
  ])("%s", async (where) => {
    expect(await count(where)).toBe(1);
  });

  test("in subqueries, joins, unions and common table expressions", async () => {
    const queries = [
      `WITH e AS (SELECT * FROM events WHERE dt = '${good}') SELECT count(*) FROM e`,
      `SELECT count(*) FROM (SELECT * FROM events WHERE dt = '${good}')`,
      `SELECT count(*) FROM events a JOIN events b USING (event_id) WHERE a.dt = '${good}' AND b.dt = '${good}'`,
      `SELECT sum(n) FROM (SELECT count(*) n FROM events WHERE dt = '${good}' UNION ALL SELECT 0)`,
      `WITH events AS (SELECT 1 AS x) SELECT count(*) FROM events AS e`,
    ];
    for (const query of queries.slice(0, -1)) expect(await stage.rows(query)).toEqual([["1"]]);
    // Here the name means something else: if it is ambiguous, everything is read.
    await expect(stage.rows(queries.at(-1) ?? "")).resolves.toEqual([["1"]]);
  });

  test("but those that it may need are, so that no row is missed", async () => {
    const needs = [
      `dt = '${good}' OR name = 'x'`,
      `dt >= '${good}' AND dt <= '${bad}'`,
      `NOT (dt = '${good}')`,
      `dt > lower('${good}')`,
      `name = 'x'`,
      `dt = '${bad}'`,
    ];
    for (const where of needs) await expect(count(where), where).rejects.toThrow("HIVE_CURSOR_ERROR");
  });
});

describe("a file that is no Parquet, or a damaged one,", () => {
  test.each(["empty", "text", "cut off", "flipped bytes"])("fails the query and is named: %s", async (kind) => {
    const day = newDay();
    await addEvents(day, "SELECT i::VARCHAR AS event_id, 'name ' || i AS name FROM range(2000) t (i)");
    const [name = ""] = await readdir(stage.path(`events/dt=${day}`));
    const whole = await readFile(stage.path(`events/dt=${day}`, name));
    const damaged = {
      empty: Buffer.alloc(0),
      text: Buffer.from("hello"),
      "cut off": whole.subarray(0, whole.length / 2),
      "flipped bytes": Buffer.from(whole.map((byte, i) => (i > 20 && i < whole.length - 400 ? byte ^ 0x5a : byte))),
    }[kind];
    await stage.writeBytes(`events/dt=${day}`, "damaged.parquet", damaged ?? "");
    const query = stage.rows(`SELECT event_id, count(name) FROM events WHERE dt = '${day}' GROUP BY 1`);
    await expect(query).rejects.toThrow(/^FAILED HIVE_CURSOR_ERROR: .*damaged\.parquet/s);
    expect(await stage.rows("SELECT 1")).toEqual([["1"]]);
  });
});

describe("a file that Athena wrote, with one bit flipped,", () => {
  test("fails the query and is named, wherever the bit is", async () => {
    for (const part of [0.02, 0.2, 0.4, 0.6, 0.8, 0.95]) {
      const day = newDay();
      const select = "SELECT cast(x AS varchar) AS event_id, x AS amount FROM UNNEST(sequence(1, 500)) AS t (x)";
      await stage.rows(`UNLOAD (${select}) TO '${s3(`events/dt=${day}/`)}' WITH (format = 'PARQUET')`);
      const sum = () => stage.rows(`SELECT sum(amount) FROM events WHERE dt = '${day}'`);
      const [name = ""] = await readdir(stage.path(`events/dt=${day}`));
      const bytes = await readFile(stage.path(`events/dt=${day}`, name));
      const at = Math.floor(bytes.length * part);
      bytes[at] = (bytes[at] ?? 0) ^ 4;
      await stage.writeBytes(`events/dt=${day}`, name, bytes);
      await expect(sum(), `byte ${at}`).rejects.toThrow(new RegExp(`^FAILED HIVE_CURSOR_ERROR: .*${name}`));
      bytes[at] = (bytes[at] ?? 0) ^ 4;
      await stage.writeBytes(`events/dt=${day}`, name, bytes);
      expect(await sum()).toEqual([["125250"]]);
    }
  });
});

describe("rollups", () => {
  test("are read from the folder that the catalog names and from no other", async () => {
    const day = newDay();
    await stage.write(`rollups/dt=${day}/run=lost`, "SELECT 'clicks' AS metric, 100::BIGINT AS value");
    await addRollup(day, "SELECT 'clicks' AS metric, 1::BIGINT AS value");
    const total = () => stage.rows(`SELECT dt, sum(value) FROM rollups WHERE dt = '${day}' GROUP BY dt`);
    expect(await total()).toEqual([[day, "1"]]);
    await stage.write(`rollups/dt=${day}/run=2`, "SELECT 'clicks' AS metric, 2::BIGINT AS value");
    await stage.rows(`ALTER TABLE rollups PARTITION (dt='${day}') SET LOCATION '${s3(`rollups/dt=${day}/run=2/`)}'`);
    expect(await total()).toEqual([[day, "2"]]);
    await stage.restart();
    expect(await total()).toEqual([[day, "2"]]);
    await stage.rows(`ALTER TABLE rollups DROP PARTITION (dt='${day}')`);
    expect(await total()).toEqual([]);
  });

  test("partitions are added once, or again when IF NOT EXISTS allows it, and are listed", async () => {
    const day = newDay();
    const add = (exists: string, run: string) =>
      stage.rows(
        `ALTER TABLE rollups ADD ${exists} PARTITION (dt='${day}') LOCATION '${s3(`rollups/dt=${day}/run=${run}/`)}'`,
      );
    await add("", "1");
    await expect(add("", "2")).rejects.toThrow("AlreadyExistsException");
    await add("IF NOT EXISTS", "3");
    expect(stage.glue.partitions(stage.glue.tables[1] ?? expect.fail()).get(day)).toBe(s3(`rollups/dt=${day}/run=1/`));
    expect(await stage.rows("SHOW PARTITIONS rollups")).toContainEqual([`dt=${day}`]);
  });

  test("a partition that is not there cannot be moved or dropped, and no statement can leave the bucket", async () => {
    const missing = "dt = '1999-01-01'";
    await expect(
      stage.rows(`ALTER TABLE rollups PARTITION (${missing}) SET LOCATION 's3://x/dt=1999-01-01/'`),
    ).rejects.toThrow("Partition not found");
    await expect(stage.rows(`ALTER TABLE rollups DROP PARTITION (${missing})`)).rejects.toThrow("Partition not found");
    await stage.rows(`ALTER TABLE rollups DROP IF EXISTS PARTITION (${missing})`);
    await expect(stage.rows(`ALTER TABLE rollups ADD PARTITION (dt='../../x') LOCATION 's3://a/b/'`)).rejects.toThrow(
      "SemanticException",
    );
    await expect(stage.rows(`UNLOAD (SELECT 1 AS x) TO '${s3("../../x/")}' WITH (format = 'PARQUET')`)).rejects.toThrow(
      "path traversal",
    );
  });
});

describe("UNLOAD", () => {
  const unload = (query: string, folder: string) =>
    stage.rows(`UNLOAD (${query}) TO '${s3(folder)}' WITH (format = 'PARQUET', compression = 'SNAPPY')`);

  test("writes what the query gives, sums of bigints as bigints, and the table reads it", async () => {
    const day = newDay();
    const folder = `rollups/dt=${day}/run=a/`;
    await unload(
      "SELECT 'm' AS metric, sum(x) AS value FROM (VALUES (9007199254740993), (1)) AS t (x) GROUP BY 1",
      folder,
    );
    await stage.rows(`ALTER TABLE rollups ADD PARTITION (dt='${day}') LOCATION '${s3(folder)}'`);
    expect(await stage.rows(`SELECT metric, value FROM rollups WHERE dt = '${day}'`)).toEqual([
      ["m", "9007199254740994"],
    ]);
  });

  // Trino 476 reads such a file as +10026-01-02 03:04:05.678, which is what its own UNLOAD holds.
  test("writes a year after 9999 as the same moment", async () => {
    const day = newDay();
    const late = "date_add('year', 8000, TIMESTAMP '2026-01-02 03:04:05.678')";
    await unload(`SELECT ${late} AS occurred_at`, `events/dt=${day}/`);
    expect(await stage.rows(`SELECT to_unixtime(occurred_at) FROM events WHERE dt = '${day}'`)).toEqual([
      ["2.54222939045678E11"],
    ]);
  });

  test("refuses a folder that is not empty and leaves it as it was", async () => {
    const folder = `unload-${next++}/`;
    await unload("SELECT 1 AS x", folder);
    const before = await readdir(stage.path(folder));
    await expect(unload("SELECT 2 AS x", folder)).rejects.toThrow("HIVE_PATH_ALREADY_EXISTS");
    expect(await readdir(stage.path(folder))).toEqual(before);
  });

  test("writes no file when there are no rows", async () => {
    const folder = `unload-${next++}/`;
    await unload("SELECT 1 AS x WHERE false", folder);
    expect(existsSync(stage.path(folder))).toBe(false);
  });

  test("leaves nothing behind when its query fails, and a part when the fault says so", async () => {
    const folder = `unload-${next++}/`;
    await expect(unload("SELECT CAST('x' AS bigint) AS x", folder)).rejects.toThrow("INVALID_CAST_ARGUMENT");
    expect(existsSync(stage.path(folder))).toBe(false);
    stage.faults.set([{ point: "athena.unload.partial", action: "error", code: "GENERIC_INTERNAL_ERROR" }]);
    await expect(unload("SELECT * FROM (VALUES (1), (2)) AS t (x)", folder)).rejects.toThrow("GENERIC_INTERNAL_ERROR");
    expect(await readdir(stage.path(folder))).toHaveLength(1);
    stage.faults.set([]);
    await expect(unload("SELECT 1 AS x", folder)).rejects.toThrow("HIVE_PATH_ALREADY_EXISTS");
  });
});

describe("a statement that local Athena does not know", () => {
  test.each([
    ["DROP TABLE events", "NOT_SUPPORTED"],
    ["MSCK REPAIR TABLE events", "NOT_SUPPORTED"],
    ["SELECT 1; SELECT 2", "SYNTAX_ERROR"],
    ["SELECT FROM WHERE", "SYNTAX_ERROR"],
    ["SELECT * FROM nowhere", "TABLE_NOT_FOUND"],
    ["SELECT * FROM other.events", "TABLE_NOT_FOUND"],
    ["SELECT nothing_like_it(1)", "FUNCTION_NOT_FOUND"],
    ["SELECT * FROM '/etc/passwd'", "SYNTAX_ERROR"],
    ['SELECT * FROM "/etc/passwd"', "TABLE_NOT_FOUND"],
    ["SELECT * FROM read_text('/etc/passwd')", "FUNCTION_NOT_FOUND"],
    ["SELECT * FROM duckdb_settings()", "FUNCTION_NOT_FOUND"],
    ["UNLOAD (SELECT 1 AS x) TO 's3://b/x/' WITH (format = 'JSON')", "NOT_SUPPORTED"],
    ["ALTER TABLE rollups ADD PARTITION (day='2020-01-01') LOCATION 's3://b/dt=x/'", "SemanticException"],
    ["COPY events TO '/tmp/x'", "NOT_SUPPORTED"],
  ])("%s fails with %s", async (statement, code) => {
    await expect(stage.rows(statement)).rejects.toThrow(`FAILED ${code}: `);
  });
});

describe("results", () => {
  test("are Trino's texts, with NULL as nothing and columns without a name counted", async () => {
    const id =
      await stage.start(`SELECT 1, 'a"b,c' || chr(10) AS text, NULL AS nothing, '' AS empty, true AS yes, 1.5e0 AS d,
      1e10 AS big, CAST(1 AS double) AS one, DATE '2026-11-22' AS day, TIMESTAMP '2026-11-22 08:00:00.123' AS t,
      ARRAY['x', NULL] AS list, CAST(1.50 AS decimal(10, 2)) AS money, to_utf8('ab') AS bytes, MAP(ARRAY['k'], ARRAY[1]) AS map`);
    await stage.ended(id);
    const { ResultSet } = await stage.call("GetQueryResults", { QueryExecutionId: id });
    const [header, row] = ResultSet.Rows.map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue));
    expect(header?.slice(0, 3)).toEqual(["_col0", "text", "nothing"]);
    expect(row).toEqual([
      "1",
      'a"b,c\n',
      undefined,
      "",
      "true",
      "1.5",
      "1.0E10",
      "1.0",
      "2026-11-22",
      "2026-11-22 08:00:00.123",
      "[x, null]",
      "1.50",
      "61 62",
      "{k=1}",
    ]);
    const types = ResultSet.ResultSetMetadata.ColumnInfo.map(({ Type }) => Type);
    expect(types).toEqual([
      "integer",
      "varchar",
      "unknown",
      "varchar",
      "boolean",
      "double",
      "double",
      "double",
      "date",
      "timestamp",
      "array",
      "decimal",
      "varbinary",
      "map",
    ]);
  });

  test("keep a mark of byte order at the start of a text, alone and within a list", async () => {
    const mark = "chr(65279)";
    const query = `SELECT ${mark} || 'a', ${mark} || 'a text of more than twelve', ${mark}, array[${mark} || 'b']`;
    expect(await stage.rows(query)).toEqual([["\ufeffa", "\ufeffa text of more than twelve", "\ufeff", "[\ufeffb]"]]);
  });

  test("come in pages that together are all rows, whatever is in them", async () => {
    const id = await stage.start(
      "SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE array_join(repeat('\"\n,ü', i % 50), '') END AS x FROM UNNEST(sequence(1, 2500)) AS t (i) ORDER BY i",
    );
    await stage.ended(id);
    for (const MaxResults of [1000, 777]) {
      const rows: (string | undefined)[][] = [];
      let NextToken: string | undefined;
      do {
        const page = await stage.call("GetQueryResults", {
          QueryExecutionId: id,
          MaxResults,
          ...(NextToken && { NextToken }),
        });
        expect(page.ResultSet.Rows.length).toBeLessThanOrEqual(MaxResults);
        rows.push(...page.ResultSet.Rows.map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue)));
        NextToken = page.NextToken;
      } while (NextToken);
      const expected = Array.from({ length: 2500 }, (_, i) => [
        String(i + 1),
        (i + 1) % 3 === 0 ? undefined : '"\n,ü'.repeat((i + 1) % 50),
      ]);
      expect(rows).toEqual([["i", "x"], ...expected]);
    }
  });

  test("are deleted when they are older than a day, and the execution is forgotten", async () => {
    const id = await stage.start("SELECT 1");
    const { ResultConfiguration } = await stage.ended(id);
    const file = stage.path(ResultConfiguration.OutputLocation.slice(`s3://${bucket}/`.length));
    await stage.athena.sweep();
    expect(existsSync(file)).toBe(true);
    const old = new Date(Date.now() - 25 * 3_600_000);
    await utimes(file, old, old);
    vi.useFakeTimers({ now: Date.now() + 25 * 3_600_000, toFake: ["Date"] });
    await stage.athena.sweep();
    expect(existsSync(file)).toBe(false);
    await expect(stage.call("GetQueryExecution", { QueryExecutionId: id })).rejects.toThrow("was not found");
  });
});

describe("an execution", () => {
  const slow =
    "SELECT count(*) FROM UNNEST(sequence(1, 3000)) a (x), UNNEST(sequence(1, 3000)) b (y), UNNEST(sequence(1, 3000)) c (z) WHERE x + y * z = 7";

  test("outlives a restart, with its answer and under its token", async () => {
    const token = { ClientRequestToken: "t".repeat(32) };
    const id = await stage.start("SELECT 42 AS x", token);
    await stage.ended(id);
    await stage.restart();
    expect(await stage.start("SELECT 42 AS x", token)).toBe(id);
    const { ResultSet } = await stage.call("GetQueryResults", { QueryExecutionId: id });
    expect(ResultSet.Rows[1]?.Data).toEqual([{ VarCharValue: "42" }]);
  });

  test("that was under way when Athena died has failed after the restart", async () => {
    const id = await stage.start("SELECT 1");
    await stage.ended(id);
    const path = `${stage.home}/athena/executions/${id}.json`;
    const read = async () => JSON.parse(await readFile(path, "utf8"));
    // An execution ends before its file says so.
    await expect.poll(async () => (await read()).state).toBe("SUCCEEDED");
    const execution = await read();
    await writeFile(path, JSON.stringify({ ...execution, state: "RUNNING" }));
    await stage.restart();
    expect((await stage.ended(id)).Status).toMatchObject({
      State: "FAILED",
      StateChangeReason: expect.stringContaining("interrupted"),
    });
  });

  test("waits in line, is stopped there or while it runs, and the next one comes", async () => {
    await using small = await startAthenaStage({ concurrency: 1, maxActive: 3 });
    const running = await small.start(slow);
    const queued = await small.start(slow);
    const last = await small.start("SELECT 1");
    await expect(small.start("SELECT 2")).rejects.toMatchObject({ code: "TooManyRequestsException" });
    await small.call("StopQueryExecution", { QueryExecutionId: queued });
    expect((await small.ended(queued)).Status.State).toBe("CANCELLED");
    expect((await small.call("GetQueryExecution", { QueryExecutionId: last })).QueryExecution.Status.State).toBe(
      "QUEUED",
    );
    stage.faults.set([]);
    await small.call("StopQueryExecution", { QueryExecutionId: running });
    expect((await small.ended(running)).Status.State).toBe("CANCELLED");
    expect((await small.ended(last)).Status.State).toBe("SUCCEEDED");
  });

  test("is stopped in whichever of its first moments that is asked", async () => {
    await using small = await startAthenaStage({ concurrency: 1 });
    for (let ms = 0; ms < 30; ms += 1.5) {
      const id = await small.start(slow);
      await wait(ms);
      await small.call("StopQueryExecution", { QueryExecutionId: id });
      expect((await small.ended(id)).Status.State).toBe("CANCELLED");
    }
  });

  test("is refused beyond what may be active, also when all come at once", async () => {
    await using small = await startAthenaStage({ concurrency: 1, maxActive: 3 });
    const started = await Promise.allSettled(Array.from({ length: 8 }, () => small.start(slow)));
    expect(started.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  });

  test("that could not be kept was never there: the same token starts it anew", async () => {
    await using small = await startAthenaStage();
    const token = { ClientRequestToken: "t".repeat(32) };
    const folder = `${small.home}/athena/executions`;
    await rename(folder, `${folder}-away`);
    await expect(small.start("SELECT 1", token)).rejects.toThrow();
    await rename(`${folder}-away`, folder);
    const id = await small.start("SELECT 1", token);
    expect((await small.ended(id)).Status.State).toBe("SUCCEEDED");
  });

  test("is stopped when it runs longer than allowed", async () => {
    await using small = await startAthenaStage({ timeoutMs: 200 });
    const id = await small.start(slow);
    expect((await small.ended(id)).Status.State).toBe("CANCELLED");
  });
});

describe("faults", () => {
  test("refuse a start, keep a query waiting, and make it fail or be cancelled", async () => {
    stage.faults.set([
      { point: "athena.start", action: "error", code: "TooManyRequestsException", status: 400, times: 1 },
    ]);
    await expect(stage.start("SELECT 1")).rejects.toMatchObject({ code: "TooManyRequestsException" });
    stage.faults.set([hold("athena.queue")]);
    const id = await stage.start("SELECT 1");
    expect((await stage.call("GetQueryExecution", { QueryExecutionId: id })).QueryExecution.Status.State).toBe(
      "QUEUED",
    );
    stage.faults.set([]);
    expect((await stage.ended(id)).Status.State).toBe("SUCCEEDED");
    for (const [code, state] of [
      ["GENERIC_INTERNAL_ERROR", "FAILED"],
      ["CANCELLED", "CANCELLED"],
    ] as const) {
      stage.faults.set([{ point: "athena.run", action: "error", code }]);
      expect((await stage.ended(await stage.start("SELECT 1"))).Status.State).toBe(state);
    }
  });

  test("before ALTER TABLE nothing has changed, after it everything has", async () => {
    const day = newDay();
    const add = `ALTER TABLE rollups ADD PARTITION (dt='${day}') LOCATION '${s3(`rollups/dt=${day}/`)}'`;
    const isThere = async () => (await stage.rows("SHOW PARTITIONS rollups")).flat().includes(`dt=${day}`);
    stage.faults.set([{ point: "athena.alter.before", action: "error", where: { partition: day } }]);
    await expect(stage.rows(add)).rejects.toThrow("FAILED");
    expect(await isThere()).toBe(false);
    stage.faults.set([{ point: "athena.alter.after", action: "error", where: { partition: day } }]);
    await expect(stage.rows(add)).rejects.toThrow("FAILED");
    expect(await isThere()).toBe(true);
  });
});
