/** `npm run sql`, with a pipeline that received its events over HTTP. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text as readText } from "node:stream/consumers";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageStage } from "../../local/package-stage.ts";
import { type Pipeline, startPipeline } from "../../local/start-pipeline.ts";
import { readArguments } from "../../tools/sql/args.ts";
import { writers } from "../../tools/sql/formats.ts";
import { runSql } from "../../tools/sql/run.ts";
import { arrived, hold } from "../local/held.ts";

const root = resolve(import.meta.dirname, "../..");
let home: string;
let pipeline: Pipeline;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-sql-"));
  const packaged = await packageStage("local", { root, env: {} });
  pipeline = await startPipeline({ packaged, home: join(home, "data"), port: 0, awsPort: 0 });
  const events = [
    { name: "click", target: 'a "b", c\nd', properties: { order: "x" } },
    { name: "click", target: "광고" },
    { name: "payment", amount: 1234, currency: "KRW" },
  ];
  const headers = { "x-write-key": "tk_local" };
  const answer = await fetch(`${pipeline.url}/v1/events`, { method: "POST", headers, body: JSON.stringify(events) });
  expect(answer.status).toBe(202);
  await pipeline.flush();
}, 180_000);
afterAll(async () => {
  await pipeline?.[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

/** Runs the command in this process: returns what it wrote where, and how it ended. */
async function sql(args: string[], { stdin = "", env = {}, signal = new AbortController().signal } = {}) {
  const out = new PassThrough();
  let err = "";
  const code = await runSql(
    args,
    { AWS_ENDPOINT_URL: pipeline.awsUrl, ...env },
    {
      stdin: Readable.from(stdin === "" ? [] : [stdin]),
      out,
      err: (text) => {
        err += text;
      },
      signal,
    },
  );
  out.end();
  return { code, out: await readText(out), err };
}

const rows = "select name, target, amount from events order by name, target";

describe("npm run sql", () => {
  test("prints a table, and how many rows and bytes it were", async () => {
    const { code, out, err } = await sql([rows]);
    expect([code, out]).toEqual([
      0,
      [
        "name     target       amount",
        "───────  ───────────  ──────",
        'click    a "b", c\\nd    NULL',
        "click    광고           NULL",
        "payment  NULL           1234",
        "",
      ].join("\n"),
    ]);
    expect(err).toMatch(/^3 rows, [\d.]+ kB read, [\d.]+ s\n$/);
  });

  test("prints CSV and JSON that keep what a table cannot", async () => {
    expect((await sql([rows, "--format", "csv"])).out).toBe(
      '"name","target","amount"\n"click","a ""b"", c\nd",\n"click","광고",\n"payment",,"1234"\n',
    );
    expect(JSON.parse((await sql([rows, "--format", "json"])).out)).toEqual([
      { name: "click", target: 'a "b", c\nd', amount: null },
      { name: "click", target: "광고", amount: null },
      { name: "payment", target: null, amount: 1234 },
    ]);
  });

  test("writes numbers digit for digit, and names each column once, in JSON", async () => {
    const values =
      "cast(9007199254740993 as bigint) as n, cast(12.50 as decimal(38,2)) as n, true as yes, 1e0/3 as third";
    const { out } = await sql([`select ${values} from events limit 1`, "--format", "json"]);
    expect(out).toBe('[\n{"n":9007199254740993,"n_2":12.50,"yes":true,"third":0.3333333333333333}\n]\n');
  });

  test("writes a file whole, Parquet with the columns' types", async () => {
    const file = join(home, "rows.parquet");
    const query = `select name, amount, is_bot, occurred_at, cast(amount as decimal(38,0)) as big, cast(dt as date) as day
      from events where name = 'payment'`;
    const { code, out, err } = await sql([query, "--format", "parquet", "--output", file]);
    expect([code, out, err]).toEqual([0, "", expect.stringContaining("rows.parquet: 1 row, ")]);
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM '${file}'`);
    expect(described.getRows().map(([name, type]) => [name, type])).toEqual([
      ["name", "VARCHAR"],
      ["amount", "BIGINT"],
      ["is_bot", "BOOLEAN"],
      ["occurred_at", "TIMESTAMP"],
      ["big", "DECIMAL(38,0)"],
      ["day", "DATE"],
    ]);
    expect((await connection.runAndReadAll(`SELECT amount, big FROM '${file}'`)).getRowsJS()).toEqual([[1234n, 1234]]);
    instance.closeSync();
    expect((await readdir(home)).filter((name) => name.includes("rows.parquet"))).toEqual(["rows.parquet"]);
  });

  test("reads the statement from a file, from standard input, and in pieces", async () => {
    const file = join(home, "query.sql");
    await writeFile(file, "-- how many\nselect count(*) as n\nfrom events;\n");
    const expected = "n\n─\n3\n";
    expect((await sql(["--file", file])).out).toBe(expected);
    expect((await sql(["--file", "-"], { stdin: "select count(*) as n from events" })).out).toBe(expected);
    expect((await sql([], { stdin: "select count(*) as n from events" })).out).toBe(expected);
    expect((await sql(["select", "count(*)", "as", "n", "from", "events"])).out).toBe(expected);
  });

  test("gives values to the statement", async () => {
    const query = "select count(*) as n from events where name = ? and amount > ?";
    expect((await sql([query, "--param", "'payment'", "--param", "1000"])).out).toBe("n\n─\n1\n");
  });

  test("prints rows that have no header of their own, and nothing where there is none", async () => {
    expect((await sql(["show tables", "--format", "csv"])).out).toContain('"tab_name"\n"');
    expect((await sql(["select name from events where 1 = 0", "--format", "json"])).out).toBe("[]\n");
    expect((await sql(["alter table rollups add if not exists partition (dt = '2020-01-01')"])).out).toBe("");
  });

  test.each([
    ["select name,\n  nope\nfrom events", "nope", "line 2:3", "\n    nope\n    ^\n"],
    ["select name from\n\tnowhere", "nowhere", "line 2:2", "\n  \tnowhere\n  \t^\n"],
    [
      "select '광고', name frm events",
      "mismatched input 'events'",
      "line 1:23",
      "\n  select '광고', name frm events\n",
    ],
    ["select '광고', nope from events", "nope", "line 1:14", "\n  select '광고', nope from events\n"],
    ["drop table events", "does not support", "line 1:1", "\n  drop table events\n  ^\n"],
  ])("says what is wrong with %j, and where", async (query, word, place, marked) => {
    const { code, out, err } = await sql([query]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("Cannot run the query: ");
    for (const part of [word, place, marked]) expect(err).toContain(part);
  });

  test("leaves no file when the query or the writing fails", async () => {
    const query = "select 1 as n from nowhere";
    expect((await sql([query, "--output", join(home, "failed.csv")])).code).toBe(1);
    expect((await sql([rows, "--output", join(home, "no/folder.csv")])).err).toContain("no/folder.csv");
    expect((await readdir(home)).sort()).not.toContain("failed.csv");
  });

  test("stops its query when it is stopped", async () => {
    pipeline.faults.set([hold("athena.run")]);
    const stop = new AbortController();
    const running = sql(["select 1 as n from events"], { signal: stop.signal });
    await arrived(pipeline.faults, "athena.run");
    stop.abort();
    expect(await running).toMatchObject({ code: 1, err: "Cannot run the query: Stopped\n" });
    pipeline.faults.set([]);
  });

  test.each([
    [[], "there is no statement"],
    [["select 1", "--file", "x.sql"], "a statement and a --file"],
    [["select 1", "--format", "xml"], '--format "xml" is none of table, csv, json, parquet'],
    [["select 1", "--format", "parquet"], "needs an --output file"],
    [["select 1", "--nope"], "--nope"],
    [["select 1", "--stage", "a b"], '--stage "a b" is no name of a stage'],
    [["select 1", "--url", "nowhere"], '--url "nowhere" is no address'],
  ])("explains itself when it is called with %j", async (args, reason) => {
    const { code, out, err } = await sql(args, { env: { AWS_ENDPOINT_URL: "" } });
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(reason);
    expect(err).toContain("Usage: npm run sql");
  });

  test("prints its usage, and names a missing file", async () => {
    expect(await sql(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("Usage: npm run sql") });
    expect(await sql(["--file", join(home, "gone.sql")])).toMatchObject({
      code: 1,
      err: expect.stringContaining("gone.sql"),
    });
  });

  test("says that nothing listens, and what a deployed stage lacks", async () => {
    const nobody = { AWS_ENDPOINT_URL: "http://127.0.0.1:1" };
    expect((await sql(["select 1"], { env: nobody })).err).toContain("Is npm start running?");
    const { code, err } = await sql(["select 1", "--stage", "elsewhere"]);
    expect([code, err]).toEqual([1, expect.stringContaining("Cannot ask stage elsewhere: ")]);
  });

  test("runs as a command of its own, whose rows alone are on standard output", async () => {
    const env = { ...process.env, AWS_PORT: new URL(pipeline.awsUrl).port };
    const run = async (...args: string[]) => {
      const child = spawn(process.execPath, [join(root, "tools/sql/main.ts"), ...args], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = new Promise<number | null>((done) => child.on("close", done));
      const [out, err] = await Promise.all([readText(child.stdout), readText(child.stderr)]);
      return [await ended, out, err];
    };
    expect(await run("select count(*) as n from events", "--format", "csv")).toEqual([
      0,
      '"n"\n"3"\n',
      expect.stringContaining("1 row"),
    ]);
    expect(await run("select")).toEqual([1, "", expect.stringContaining("Cannot run the query")]);
  });
});

describe("the command line", () => {
  test("asks the local stage unless told otherwise", () => {
    expect(readArguments(["select 1"], {})).toMatchObject({
      stage: "local",
      url: "http://127.0.0.1:4566",
      format: "table",
    });
    expect(readArguments(["select 1"], { AWS_PORT: "5000" })).toMatchObject({ url: "http://127.0.0.1:5000" });
    expect(readArguments(["select 1", "--stage", "prod"], { AWS_PORT: "5000" })).toMatchObject({ url: undefined });
    expect(readArguments(["select 1", "--url", "http://x:1"], { AWS_ENDPOINT_URL: "http://y:1" })).toMatchObject({
      url: "http://x:1",
    });
  });
});

describe("a table", () => {
  const print = async (columns: [string, string][], values: (string | null)[][]) => {
    let out = "";
    const result = { columns: columns.map(([name, type]) => ({ name, type })), rows: Readable.from(values) };
    for await (const piece of writers.table(result)) out += piece;
    return out;
  };

  test("brings nothing to the terminal that it would obey", async () => {
    const out = await print([["x", "varchar"]], [["\u001b[2J\u0007\u009b1m"], ["tab\tline\r\n"]]);
    expect(out).toBe(
      `x${" ".repeat(0)}\n──────────────\n�[2J��1m\ntab\\tline\\r\\n\n`.replace("──────────────", "─".repeat(13)),
    );
  });

  test("cuts nothing, and begins before its last row has come", async () => {
    const long = "y".repeat(100);
    expect(
      await print(
        [
          ["x", "varchar"],
          ["n", "bigint"],
        ],
        [
          [long, "1"],
          ["z", "22"],
        ],
      ),
    ).toBe(`${"x".padEnd(60)}   n\n${"─".repeat(60)}  ──\n${long}   1\n${"z".padEnd(60)}  22\n`);
    const many = Array.from({ length: 2500 }, (_, index) => [String(index)]);
    expect((await print([["n", "bigint"]], many)).split("\n").slice(2, -1).map(Number)).toEqual(
      many.map(([n]) => Number(n)),
    );
  });
});

test("the statement may be longer than a command line", async () => {
  const file = join(home, "long.sql");
  await writeFile(file, `select count(*) as n from events -- ${"x".repeat(200_000)}\n`);
  expect((await sql(["--file", file])).out).toBe("n\n─\n3\n");
  expect((await readFile(file)).length).toBeGreaterThan(200_000);
});
