import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runImport } from "../../../tools/import/run.ts";
import { accessLines } from "./access-lines.ts";
import { type CollectServer, startCollectServer } from "./import-server.ts";

const script = join(import.meta.dirname, "../../../tools/import/main.ts");
let server: CollectServer;
let folder: string;

beforeAll(async () => {
  server = await startCollectServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());
beforeEach(async () => {
  server.clear();
  folder = await mkdtemp(join(tmpdir(), "daymark-import-"));
});
afterEach(async () => await rm(folder, { recursive: true }));

async function run(args: string[]) {
  const [out, err]: string[][] = [[], []];
  const env = { DAYMARK_HOME: join(folder, "home") };
  const code = await runImport(args, env, { out: (text) => out?.push(text), err: (text) => err?.push(text) });
  return { out: out?.join("") ?? "", err: err?.join("") ?? "", code };
}

/** The same in its own process, for what only a process has. */
async function spawnImport(args: string[], input = "") {
  const env = { PATH: process.env.PATH, DAYMARK_HOME: join(folder, "home") };
  const child = spawn(process.execPath, [script, ...args], { env });
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { out, err, code };
}
const send = (path: string, ...more: string[]) => run([path, "--url", server.url, ...more]);
/** An address at which something listened a moment ago. */
async function closedUrl(): Promise<string> {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, "close");
  return `http://127.0.0.1:${port}`;
}

async function file(content: string | Buffer, name = "access.log") {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
const rows = () => server.firehose.rows("events-0");
const ids = () => rows().map((row) => row.event_id);
const lines = accessLines(1300);
const log = `${lines.join("\n")}\n`;

describe("an import", () => {
  test("sends each line once, equal lines included", async () => {
    const { out, code } = await send(await file(log));
    expect(code).toBe(0);
    expect(out).toMatch(
      /access\.log: 1,300 lines in .* up to 2024-02-28\n {2}accepted 1,300, to be counted within seconds\n {2}rejected 0\n$/,
    );
    expect(new Set(ids()).size).toBe(1300);
    expect(rows().length).toBe(1300);
    expect(new Set(lines).size).toBeLessThan(1300);
    expect(rows().filter((row) => row.status === 500)).toHaveLength(26);
  });

  test("gives a line the same id from a plain file, gzip, standard input, and under any name", async () => {
    await send(await file(log));
    const first = ids().sort();
    const forms = [
      async () => await send(await file(gzipSync(log), "other.txt"), "--restart"),
      async () => await spawnImport(["-", "--url", server.url, "--restart"], log),
      async () => await send(await file(log.replaceAll("\n", "\r\n"), "windows.log"), "--restart"),
    ];
    for (const form of forms) {
      server.clear();
      expect((await form()).code).toBe(0);
      expect(ids().sort()).toEqual(first);
    }
  });

  test("takes lines from before 2000 only when told to", async () => {
    const path = await file('203.0.113.7 - - [30/Apr/1998:21:30:17 +0000] "GET /images/x.gif HTTP/1.0" 200 1204\n');
    expect((await send(path)).out).toContain("rejected 1");
    expect(rows()).toEqual([]);
    expect((await send(path, "--before-2000", "--restart")).code).toBe(0);
    expect(rows().map((row) => row.occurred_at)).toEqual(["1998-04-30T21:30:17.000Z"]);
  });

  test("repeated sends nothing, and with --restart the same requests", async () => {
    const path = await file(log);
    await send(path);
    const batches = new Set(rows().map((row) => row.batch_id));
    server.clear();
    const again = await send(path);
    expect([again.code, server.requests()]).toEqual([0, 0]);
    expect(again.out).toContain("imported before 1,300");
    expect((await send(path, "--restart")).code).toBe(0);
    expect(new Set(rows().map((row) => row.batch_id))).toEqual(batches);
  });

  test("goes on where it was stopped, with the same requests", async () => {
    const path = await file(log);
    server.refusals.push(...Array.from({ length: 20 }, () => ({ status: 401 })));
    server.refusals.unshift({ status: 429 });
    expect((await send(path)).code).toBe(1);
    server.refusals.length = 0;
    server.refusals.push("hangUp");
    expect((await send(path)).code).toBe(0);
    expect(new Set(ids()).size).toBe(1300);
    expect(new Set(rows().map((row) => row.batch_id)).size).toBe(3);
  });

  test("of a log that has grown sends what is new, in requests of its own", async () => {
    const path = await file(`${lines.slice(0, 700).join("\n")}\n`);
    await send(path);
    const before = new Set(rows().map((row) => row.batch_id));
    server.clear();
    const { out } = await send(await file(log));
    expect(out).toContain("accepted 600");
    expect(out).toContain("imported before 700");
    expect(rows().some((row) => before.has(row.batch_id))).toBe(false);
    expect(rows()).toHaveLength(600);
  });

  const whole = lines.slice(0, 9).join("\n");
  test.each([
    ["its bytes", whole.replace(/(?<= )\d+ "-" "[^"]*"$/, "7")],
    ["its referrer", whole.replace(/ "[^"]*"$/, "")],
    ["its user agent", whole.slice(0, -9)],
    ["its request", whole.replace(/ HTTP[^\n]*$/, "")],
    ["its address", `${lines.slice(0, 8).join("\n")}\n203.0.1`],
  ])("of a log that was read while %s was written counts the last line once, and whole", async (_, cut) => {
    for (const pack of [(text: string) => text, gzipSync]) {
      server.clear();
      const { out } = await send(await file(pack(cut)), "--restart");
      expect(out).toContain("accepted 8");
      expect(out).toContain("left out 1: line 9, the last one, has no line end and may be cut off");
      const again = await send(await file(pack(`${whole}\n${lines[9]}\n`)));
      expect(again.out).not.toContain("left out");
      expect([new Set(ids()).size, rows().map(({ os }) => os)]).toEqual([10, Array(10).fill("Linux")]);
    }
  });

  test("reads a last line without a line end that is certainly whole, or of a log that is said to be finished", async () => {
    expect((await send(await file(whole))).out).toMatch(/accepted 9.*\n {2}rejected 0\n$/);
    const common = lines.slice(0, 3).map((line) => line.replace(/ "-" .*/, ""));
    expect((await send(await file(common.join("\n")))).out).toMatch(/accepted 2.*\n.*left out 1: line 3/);
    expect((await send(await file(common.join("\n")), "--finished")).out).toMatch(/accepted 1.*\n.*imported before 2/);
  });

  test("of a log that has changed sends what is new in it", async () => {
    await send(await file(log));
    server.clear();
    const added = accessLines(3, Date.UTC(2024, 5, 1));
    const changed = [...lines.slice(0, 10), ...added, ...lines.slice(12)];
    expect((await send(await file(`${changed.join("\n")}\n`))).code).toBe(0);
    expect(rows().filter((row) => row.day === "2024-06-01")).toHaveLength(3);
  });

  test("waits and retries when told to, and when the connection breaks", async () => {
    server.refusals.push({ status: 429 }, { status: 503, headers: { "retry-after": "1" } }, "hangUp", { status: 500 });
    const started = performance.now();
    const { code, err } = await send(await file(log));
    expect(code).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(1000);
    expect(err).toMatch(/waiting, because it answered 503/);
    expect(new Set(ids()).size).toBe(1300);
    expect(rows().length).toBeGreaterThan(1300); // one request was taken before its connection broke
  });

  test("sends lines that hold more values than one request may have in several, the same ones each time", async () => {
    const fields = (i: number) => Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`f${at}`, i]));
    const wide = Array.from({ length: 900 }, (_, i) =>
      JSON.stringify(i === 700 ? { name: "NO" } : { name: "order", occurred_at: "2024-05-31T03:00:00Z", ...fields(i) }),
    );
    const path = await file(wide.join("\n"), "wide.ndjson");
    const { out, code } = await send(path);
    expect(code).toBe(0);
    expect(out).toContain("accepted 899");
    expect(out).toContain("line 701: name");
    expect(server.requests()).toBe(15); // two of 500 and 399 lines, refused twice and in quarters, and that without a day
    expect(
      rows()
        .map(({ properties }) => JSON.parse(properties).f7)
        .sort((a, b) => a - b),
    ).toEqual(wide.map((_, i) => i).filter((i) => i !== 700));
    const sent = ids().sort();
    server.clear();
    await rm(join(folder, "home"), { recursive: true });
    await send(path);
    expect(ids().sort()).toEqual(sent);
  });

  test("reports lines of another format, keeps them as rejected, and goes on", async () => {
    const broken = [...lines.slice(0, 600), "nonsense", lines[600]?.replace(/ \d+ "-" .*/, ""), "", '{"a":1}'].join(
      "\n",
    );
    const { out, code } = await send(await file(broken));
    expect(code).toBe(0);
    expect(out).toContain("accepted 601");
    expect(out).toContain("rejected 2, kept");
    expect(out).toContain('line 601: it has another format: "nonsense"');
    expect(out).toContain('line 604: it has another format: "{\\"a\\":1}"');
    expect(server.firehose.rows("rejected").map((row) => JSON.parse(row.raw).line)).toEqual(["nonsense", '{"a":1}']);
  });

  test("of nothing but another format works too, and shows the first ten", async () => {
    const { out, code } = await send(await file("nonsense\n".repeat(700)), "--format", "combined");
    expect(code).toBe(0);
    expect(out).toContain("accepted 0\n  rejected 700");
    expect(out.match(/line \d+:/g)).toHaveLength(10);
    expect(out).toContain("line 10:");
    expect(out).toContain("and 690 more");
  });

  test("takes events, one JSON object a line", async () => {
    const own = "0a000000-0000-4000-8000-00000000000a";
    const events = [
      { name: "payment", amount: 5, currency: "KRW", occurred_at: "2020-01-01T00:00:00Z" },
      { name: "click", target: "x", event_id: own },
      { name: "click" },
    ];
    const { out } = await send(await file(events.map((event) => JSON.stringify(event)).join("\n")));
    expect(rows().map((row) => [row.name, row.day])).toEqual(
      expect.arrayContaining([["payment", "2020-01-01"], expect.arrayContaining(["click"])]),
    );
    expect(ids()).toContain(own);
    expect(out).toContain("line 3: target: Expected a string");
  });

  test("counts equal lines of two servers twice where they are named, and each import once", async () => {
    const probe = await file('10.0.0.9 - - [25/Nov/2026:10:06:03 +0900] "GET /health HTTP/1.1" 200 2\n');
    for (const source of ["web1", "web2", "web1"])
      expect((await send(probe, "--source", source, "--restart")).code).toBe(0);
    expect(new Set(ids()).size).toBe(2);
  });

  test("of two files says how many lines they have in common, unless their server is named", async () => {
    const [a, b] = [await file(lines.slice(0, 5).join("\n"), "a"), await file(lines.slice(2, 9).join("\n"), "b")];
    const { out } = await run([a, b, "--url", server.url]);
    expect(out).toMatch(/equal to some of a file before 3: they count once; if another server .* --source NAME\n$/);
    expect((await run([a, b, "--url", server.url, "--source", "web1"])).out).not.toContain("equal to some");
    expect((await send(b)).out).not.toContain("equal to some");
  });

  test("counts a request that two servers have logged under one id twice where they are named", async () => {
    const logged = { time: "2024-02-28T12:00:01Z", request: "GET / HTTP/1.1", status: 200, request_id: "a" };
    const path = await file(JSON.stringify(logged));
    for (const source of ["web1", "web2", "web1"]) await send(path, "--source", source, "--restart");
    expect(new Set(ids()).size).toBe(2);
  });

  test("tells the format, and passes over comments and the mark of byte order", async () => {
    const iis = [
      "\ufeff#Version: 1.0",
      "#Fields: date time c-ip cs-method cs-uri-stem sc-status x-edge-request-id",
      "2026-11-20 01:06:03 203.0.113.7 GET /a 200 id-1",
      "2026-11-20 01:06:04 203.0.113.7 GET /b 404 id-2\r\n",
    ].join("\r\n");
    const { out, code } = await send(await file(iis));
    expect([code, out]).toEqual([0, expect.stringContaining("accepted 2")]);
    expect(rows().map(({ path, status }) => [path, status])).toEqual([
      ["/a", 200],
      ["/b", 404],
    ]);
  });

  test("reads a log whose format has changed on the way", async () => {
    const json = { time: "2024-02-28T12:00:01Z", remote_addr: "203.0.113.7", request: "GET /j HTTP/1.1", status: 404 };
    const { out, code } = await send(await file([...lines.slice(0, 3), JSON.stringify(json), "nonsense"].join("\n")));
    expect([code, out]).toEqual([0, expect.stringContaining("accepted 4")]);
    expect(rows().filter(({ status }) => status === 404)).toMatchObject([{ path: "/j" }]);
  });

  test("says which lines were read in part", async () => {
    const cut = `${lines[0]?.replace(/"[^"]*$/, "")}"Mozil`;
    const { out } = await send(await file([cut, ...lines.slice(1, 9), ...Array(12).fill(cut), ""].join("\n")));
    expect(out).toContain("accepted 21");
    expect(out).toContain("read in part 13, as cut off: line 1, 10, 11, 12, 13, 14, 15, 16, 17, 18, …");
  });

  test("says in which lines there is something that it cannot read", async () => {
    const own = lines.slice(0, 3).map((line) => line.replace(/"([^"]*)"$/, "$1"));
    const { out } = await send(await file(`${[...own, ...lines.slice(3, 9)].join("\n")}\n`));
    expect(out).toContain("accepted 9");
    expect(out).toContain(
      "read in part 3, as some of it has an unknown form (--format takes a log_format): line 1, 2, 3\n",
    );
  });

  test.each(["000", "999"])(
    "rejects a request of status %s by its line, and keeps no address of it",
    async (status) => {
      const odd = `${lines[5]?.replace(/" \d{3} /, `" ${status} `)}`;
      const { out, code } = await send(await file([...lines.slice(0, 5), odd].join("\n")));
      expect([code, out]).toEqual([
        0,
        expect.stringContaining("line 6: status: Expected a whole number from 100 to 599"),
      ]);
      const [kept] = server.firehose.rows("rejected");
      expect(kept?.raw).toContain('"ip":"[address]"');
      expect(JSON.stringify(kept)).not.toContain("203.0.113");
    },
  );

  test("reads a log_format of the owner's own", async () => {
    const path = await file("203.0.113.7 25/Nov/2026:10:06:03 +0900|GET /a HTTP/1.1|200\n");
    expect((await send(path, "--format", "$remote_addr $time_local|$request|$status")).code).toBe(0);
    expect(rows()).toMatchObject([{ path: "/a", status: 200 }]);
  });

  test("puts the lines of each day into requests of their own, whatever order they come in", async () => {
    const mixed = Array.from({ length: 900 }, (_, i) => accessLines(1, Date.UTC(2024, 0, 1 + (i % 9), 20, 0, i))[0]);
    expect((await send(await file(mixed.join("\n")))).code).toBe(0);
    const days = Map.groupBy(rows(), (row) => row.batch_id);
    expect([...days.values()].map((batch) => new Set(batch.map((row) => row.day)).size)).toEqual(Array(9).fill(1));
    expect(rows()).toHaveLength(900);
    expect(rows().map((row) => row.day)).toContain("2024-01-02"); // in Seoul, as the server has said
  });

  test("holds lines of more days than are taken at once on disk, and none of it stays there", async () => {
    const days = Array.from({ length: 40 }, (_, i) => accessLines(1, Date.UTC(2024, 0, 1 + (i % 20), 20, 0, i))[0]);
    server.stage.lake_buffer_seconds = -14.9; // a window of 200 ms
    try {
      const { code, out } = await send(await file(days.join("\n")), "--days", "3");
      expect(code).toBe(0);
      expect(out).toContain("accepted 40");
    } finally {
      server.stage.lake_buffer_seconds = 5;
    }
    expect(new Set(ids()).size).toBe(40);
    // Never more than three days within 200 ms: the server saw them in order.
    expect(
      new Set(
        rows()
          .slice(0, 6)
          .map((row) => row.day),
      ).size,
    ).toBe(3);
    expect((await readdir(join(folder, "home", "imports"))).filter((name) => name.startsWith("waiting"))).toEqual([]);
  });

  test("takes several files", async () => {
    const args = [await file(`${lines[0]}\n`, "a"), await file(`${lines[5]}\n`, "b"), "--url", server.url];
    expect((await run(args)).code).toBe(0);
    expect(rows()).toHaveLength(2);
  });
});

describe("an import that cannot work", () => {
  test("says so at once when nothing listens", async () => {
    const { err, code } = await run([await file(log), "--url", await closedUrl()]);
    expect(code).toBe(1);
    expect(err).toMatch(/Cannot send batch .* to http:\/\/127\.0\.0\.1:\d+: nothing listens there: is Daymark running/);
  });

  test.each([
    [["--key", "nope"], /it does not know this key: give the trusted key with --key/],
    [["--url", "http://127.0.0.1:1/"], /Cannot send batch .*: bad port/],
  ])("says why for %j", async (args, message) => {
    const { err, code } = await send(await file(log), ...args);
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).not.toContain("nope");
  });

  test.each([
    "a,b\n1,2\n",
    '{\n  "name": "daymark",\n  "version": "0.1.0"\n}\n',
    '{"name":"daymark","version":"0.1.0","dependencies":{}}',
    '[\n{"a":1},\n{"a":2}\n]\n',
    "2026/11/25 10:06:03 [error] 1#1: *2 open() failed, client: 203.0.113.7\n",
    "<!doctype html>\n<title>x</title>\n",
    "\u0000\u0001PNG\n\u0000\n",
    "# a heading\n\nText.\n",
  ])("stops after the first lines of a file in another format, and names the formats: %j", async (content) => {
    const { err, code } = await send(await file(content));
    expect([code, server.requests()]).toEqual([1, 0]);
    expect(err).toMatch(/Cannot import .*access\.log: its first lines are in none of the known formats; the first is/);
    for (const name of ["combined", "json", "w3c", "alb", "s3", "ndjson", "--format"]) expect(err).toContain(name);
  });

  test("says which file cannot be read", async () => {
    const { err, code } = await send(join(folder, "none.log"));
    expect([code, err]).toEqual([1, expect.stringMatching(/^Cannot read .*none\.log: there is no such file/)]);
  });

  test.each([
    [[]],
    [["a", "--days", "0"]],
    [["a", "--days", "many"]],
    [["a", "--format", "xml"]],
    [["a", "--url", "nowhere"]],
    [["a", "--nonsense"]],
  ])("shows its usage and exits with 2 for %j", async (args) => {
    const { err, code } = await run(args);
    expect([code, err]).toEqual([2, expect.stringMatching(/^Cannot import: .*Usage: npm run import/s)]);
  });

  test("ends its process with the same exit codes", async () => {
    expect(await spawnImport([])).toMatchObject({ code: 2, err: expect.stringContaining("no FILE is given") });
    const away = await spawnImport([await file(log), "--url", await closedUrl()]);
    expect(away).toMatchObject({ code: 1, err: expect.stringContaining("the same command goes on where it was") });
  });

  test("shows its usage and exits with 0 when asked", async () => {
    expect(await run(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("Usage: npm run import") });
  });

  test("leaves no progress behind for what was not acknowledged", async () => {
    await run([await file(log), "--url", server.url, "--key", "nope"]);
    expect(await readdir(join(folder, "home", "imports"))).toEqual([]);
  });
});
