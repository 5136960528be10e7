/** The Python client, in a real Python if the machine has one, against the real collect handler. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CollectServer, startCollectServer } from "../tools/import/import-server.ts";

const hasPython = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]).status === 0;
let server: CollectServer;

beforeAll(async () => {
  server = await startCollectServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());
beforeEach(() => server.clear());

async function run(lines: string, url = server.url) {
  const head = `import daymark\nproblems = []\nclient = daymark.Client(${JSON.stringify(url)}, "tk_local", on_problem=problems.append)\n`;
  const env = { ...process.env, PYTHONPATH: join(import.meta.dirname, "../../clients/python") };
  const child = spawn("python3", ["-c", head + lines], { env });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  expect(err).toBe("");
  return out.trim();
}
const rows = () => server.firehose.rows("events-0");

describe.runIf(hasPython)("the client for Python", () => {
  test("sends what was tracked, in its order, and what is left when the program ends", async () => {
    await run(`for i in range(1200): client.track("payment", amount=i, currency="KRW", properties={"plan": "하루"})`);
    expect(rows().map(({ amount }) => amount)).toEqual(Array.from({ length: 1200 }, (_, i) => i));
    expect(rows()[0]).toMatchObject({ name: "payment", app: "server", properties: '{"plan":"하루"}' });
  });

  test("tries again what was not taken under the same ids", async () => {
    server.refusals.push({ status: 503, headers: { "retry-after": "0" } }, "hangUp", { status: 500 });
    expect(await run(`client.track("login")\nprint(client.flush(60), problems[0][0], len(problems))`)).toBe(
      "True retry 1",
    );
    expect(new Set(rows().map(({ event_id }) => event_id)).size).toBe(1);
    expect(rows()[0]?.batch_id?.[14]).toBe("7");
  });

  test("says what is rejected or dropped, halves what is too large, and never raises", async () => {
    server.refusals.push({ status: 413 });
    const printed = await run(
      `client.track("payment", amount=0.5, currency="KRW")\nfor i in range(4): client.track("login")\n` +
        `client.track("x", value=float("nan"))\nclient.flush()\nclient.close()\nclient.track("login")\nprint([kind for kind, _, _ in problems])`,
    );
    expect(printed).toBe("['dropped', 'rejected', 'dropped']");
    expect(rows()).toHaveLength(4);
  });

  test("stops waiting when told to, and ends even if nothing listens", async () => {
    const lines = `client.track("login")\nprint(client.flush(0.2), client.close(0.1))`;
    expect(await run(lines, "http://127.0.0.1:9")).toBe("False False");
  });

  test("works in a child process as well", async () => {
    await run(
      `import os\nclient.track("login")\nclient.flush()\nif os.fork() == 0:\n  client.track("login")\n  client.flush()\n  os._exit(0)\nos.wait()`,
    );
    expect(rows()).toHaveLength(2);
  });
});
