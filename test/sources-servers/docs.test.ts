/**
 * The chapters of docs/sources.md about databases, as somebody follows them: its reader is created on a real server, its
 * secret by AWS's command line, its tables are copied by just that reader, and its questions are asked.
 */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPostgres } from "../../tools/servers/postgres.ts";
import { type Daymark, startDaymark } from "../browser/daymark.ts";
import { awsCli, commandsOf, shell, snippet } from "../docs/sources-page.ts";
import { startMariaDb } from "./mariadb.ts";
import { startRedis } from "./redis.ts";

const PASSWORD = "secret-of-the-reader";
const stack = new AsyncDisposableStack();
let daymark: Daymark;
let env: NodeJS.ProcessEnv;
let rdb = "";

type Server = { port: number; ca: string };

/** What each chapter assumes, a server with its tables, whose reader is made as the chapter says. */
const chapters = {
  "Tables of PostgreSQL": async (grant: string): Promise<Server> => {
    const server = stack.use(await startPostgres());
    const client = await server.connect();
    await client.query(`
      CREATE TABLE orders (id int, total numeric(12, 2)); INSERT INTO orders VALUES (1, 1.50), (2, 2.25);
      CREATE TABLE customers (id int, email text, since date, phone text);
      INSERT INTO customers VALUES (1, 'm@x.kr', '2026-11-26', '010')`);
    await client.query(grant);
    await client.end();
    return server;
  },
  "Tables of MySQL and MariaDB": async (grant: string): Promise<Server> => {
    const server = stack.use(await startMariaDb());
    const client = await server.connect();
    await client.query(`
      CREATE DATABASE store; CREATE TABLE store.orders (id int, total decimal(12, 2));
      INSERT INTO store.orders VALUES (1, 1.5), (2, 2.25);
      CREATE TABLE store.customers (id int, email text); INSERT INTO store.customers VALUES (1, 'm@x.kr')`);
    await client.query(grant);
    await client.end();
    return server;
  },
  "Keys of Redis": async (grant: string): Promise<Server> => {
    const server = stack.use(await startRedis());
    await server.send(["SET", "a", "1"], ["RPUSH", "b", "x"], ["SAVE"], grant.trim().split(/\s+/));
    await copyFile(join(server.home, "dump.rdb"), rdb);
    return server;
  },
};
type Chapter = keyof typeof chapters;
const names: Chapter[] = ["Tables of PostgreSQL", "Tables of MySQL and MariaDB", "Keys of Redis"];

/** The sources that a chapter deploys, with the secret by the name under which the chapter creates it. */
function sourcesOf(chapter: Chapter): { source: string }[] {
  const list = /--param='snapshots=(.*?)'/s.exec(snippet(chapter, "aws"))?.[1] ?? "";
  return JSON.parse(list.replace(/arn:aws:secretsmanager:…:secret:([\w-]+)-AbCdEf/, "$1"));
}

beforeAll(async () => {
  const found = await awsCli();
  if (typeof found === "string") throw new Error(`Cannot run AWS's commands: ${found}`);
  const folder = await mkdtemp(join(tmpdir(), "daymark-docs-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  rdb = join(folder, "dump.rdb");
  const start = snippet("On one machine", "start").replace("/var/lib/redis/dump.rdb", rdb);
  const [file] = JSON.parse(/'(.*)'/s.exec(start)?.[1] ?? "");
  const sources = [...names.flatMap(sourcesOf), { ...file, source: "cache-file" }];
  daymark = stack.use(await startDaymark({ DAYMARK_SNAPSHOTS: JSON.stringify(sources) }));
  const setting = commandsOf(snippet("On one machine", "local"))[0] ?? "";
  const variables = [...setting.matchAll(/(AWS_\w+)=(\S+)/g)].map(([, name, value]) => [name, value]);
  env = { PATH: `${found.bin}:${process.env.PATH}`, HOME: folder, ...Object.fromEntries(variables) };
  expect(env.AWS_ENDPOINT_URL).toBe("http://127.0.0.1:4566");
  env.AWS_ENDPOINT_URL = daymark.awsUrl;
}, 300_000);
afterAll(() => stack.disposeAsync());

/** Invokes the function for a source, as the chapter about one machine says. */
async function copy(source: string): Promise<string> {
  const invoke = commandsOf(snippet("On one machine", "local")).find((command) => command.startsWith("curl")) ?? "";
  return await shell(invoke.replace("http://127.0.0.1:4566", daymark.awsUrl).replace('"cache"', `"${source}"`), env);
}

/** The answer to a question by `npm run sql`, as CSV. */
const ask = (command: string) => shell(`${command} --format csv`, env);

/** Rows of the tables of a source, as the status has them. */
async function rowsOf(source: string): Promise<[string, number][]> {
  const { snapshots } = (await daymark.ask("/v1/status")) as unknown as Status;
  const tables = snapshots.find((one) => one.source === source)?.tables ?? [];
  return tables.map(({ table, rows }) => [table, rows]);
}
type Status = { snapshots: { source: string; tables: { table: string; rows: number }[] }[] };

test.each([
  ["Tables of PostgreSQL", "shop", { "public.orders": 2, "public.customers": 1 }],
  ["Tables of MySQL and MariaDB", "store", { "store.orders": 2, "store.customers": 1 }],
  ["Keys of Redis", "cache", { "0": 2 }],
] as const)("%s: the reader that the page creates may copy what it names", async (chapter, source, rows) => {
  const server = await chapters[chapter](snippet(chapter, "grant").replace("…", PASSWORD));
  const [secret = ""] = commandsOf(snippet(chapter, "aws"));
  const { Name } = JSON.parse(await shell(`${withServer(secret, server)} --output json`, env));
  expect(Name).toBe(`${source}-reader`);
  expect(await copy(source)).toContain(`{"${source}":{"finished"`);
  expect(Object.fromEntries(await rowsOf(source))).toEqual(rows);
});

test("what PostgreSQL's chapter asks by SQL has an answer, and no column is there that it does not name", async () => {
  const answers = [];
  for (const question of commandsOf(snippet("Tables of PostgreSQL", "sql"))) answers.push(await ask(question));
  expect(answers).toEqual([
    expect.stringContaining('\n"2","3.75"\n'),
    expect.stringMatching(/^"[\d-]{10}","\d\d","2"$/m),
  ]);
  const [customer] = await daymark.query("SELECT * FROM latest_shop_public_customers");
  expect(customer).toEqual({ id: "1", email: expect.stringMatching(/^\w{32}$/), since: "2026-11-26" });
});

test("a file of this machine is copied, and the question about its keys has an answer", async () => {
  expect(await copy("cache-file")).toContain('{"cache-file":{"finished"');
  const question = commandsOf(snippet("On one machine", "local")).at(-1) ?? "";
  const answer = await ask(question.replace("latest_cache_0", "latest_cache_file_0"));
  expect(answer).toContain('\n"string","1"\n');
  expect(answer).toContain('\n"list","1"\n');
});

/** A secret with the server's own place and certificate. */
function withServer(command: string, { port, ca }: Server): string {
  return command
    .replace('"…"', `"${PASSWORD}", "ca": ${JSON.stringify(ca)}`)
    .replace(/"[\w.]+\.example"/, '"localhost"')
    .replace(/"port": \d+/, `"port": ${port}`)
    .replace('"dbname": "shop"', '"dbname": "postgres"');
}
