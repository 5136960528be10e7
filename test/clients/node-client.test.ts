import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, test } from "vitest";
import { type Client, createClient, type EventOf, type Options, type Problem } from "../../clients/node/src/client.ts";
import type { EventInput } from "../../src/schemas/events/event.ts";
import { type CollectServer, startCollectServer } from "../tools/import/import-server.ts";

let server: CollectServer;
let problems: Problem[];
const clients: Client[] = [];

beforeAll(async () => {
  server = await startCollectServer();
});
afterAll(async () => await server[Symbol.asyncDispose]());
beforeEach(() => {
  server.clear();
  problems = [];
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close({ timeoutMs: 0 })));
});

function open(options: Partial<Options> = {}): Client {
  const onProblem = (problem: Problem) => problems.push(problem);
  const client = createClient({ url: server.url, key: "tk_local", onProblem, ...options });
  clients.push(client);
  return client;
}
const rows = () => server.firehose.rows("events-0");

describe("the client for servers", () => {
  test("sends what was tracked, together and in its order, with the time at which it happened", async () => {
    const client = open();
    const before = Date.now();
    for (let i = 0; i < 250; i++) client.track({ name: "payment", amount: i, currency: "KRW", user_id: "u" });
    expect(await client.flush()).toBe(true);
    expect(rows().map(({ amount }) => amount)).toEqual(Array.from({ length: 250 }, (_, i) => i));
    expect(server.requests()).toBeLessThanOrEqual(3);
    for (const { occurred_at } of rows()) expect(Date.parse(occurred_at)).toBeGreaterThanOrEqual(before - 1000);
  });

  test("sends by itself when enough wait, and after a while when few do", async () => {
    const client = open({ flushMs: 20, flushEvents: 3 });
    client.track({ name: "login" });
    await expect.poll(() => rows().length).toBe(1);
    for (let i = 0; i < 3; i++) client.track({ name: "login" });
    await expect.poll(() => rows().length).toBe(4);
  });

  test("tries again what was not taken under the same ids, so that it counts once", async () => {
    server.refusals.push({ status: 503, headers: { "retry-after": "0" } }, { status: 500 }, "hangUp", { status: 429 });
    const client = open();
    client.track({ name: "payment", amount: 5, currency: "KRW" });
    client.track({ name: "login" });
    expect(await client.flush({ timeoutMs: 60_000 })).toBe(true);
    expect(new Set(rows().map(({ event_id }) => event_id)).size).toBe(2);
    expect(new Set(rows().map(({ batch_id }) => batch_id)).size).toBe(1);
    expect(rows()[0]?.batch_id?.[14]).toBe("7");
    expect(problems).toEqual([{ kind: "retry", message: expect.stringContaining("503"), events: 2 }]);
  });

  test("says what the server rejects, and goes on", async () => {
    const client = open();
    client.track({ name: "payment", amount: 0.5, currency: "KRW" });
    client.track({ name: "login" });
    expect(await client.flush()).toBe(true);
    expect(rows()).toHaveLength(1);
    expect(problems).toEqual([{ kind: "rejected", message: expect.stringContaining("amount"), events: 1 }]);
  });

  test("gives up what will never be taken, and says so", async () => {
    const client = open({ key: "wrong" });
    client.track({ name: "login" });
    expect(await client.flush()).toBe(true);
    expect(problems).toEqual([{ kind: "rejected", message: expect.stringContaining("401"), events: 1 }]);
  });

  test("halves what is too large", async () => {
    server.refusals.push({ status: 413 });
    const client = open();
    for (let i = 0; i < 5; i++) client.track({ name: "click", target: `${i}` });
    expect(await client.flush()).toBe(true);
    expect(rows().map(({ target }) => target)).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("drops the oldest when too many wait, and what is no JSON; and never throws", async () => {
    const client = open({
      url: "http://127.0.0.1:9",
      maxEvents: 10,
      flushEvents: 1000,
      onProblem: (problem) => {
        problems.push(problem);
        throw new Error("an owner's mistake");
      },
    });
    const cycle: { name: "x"; self?: unknown } = { name: "x" };
    cycle.self = cycle;
    client.track(cycle);
    client.track(undefined as never);
    for (let i = 0; i < 12; i++) client.track({ name: "login" });
    expect(problems.map(({ kind }) => kind)).toEqual(["dropped", "dropped", "dropped"]);
    expect(await client.flush({ timeoutMs: 50 })).toBe(false);
  });

  test("takes nothing after it was closed", async () => {
    const client = open();
    client.track({ name: "login" });
    expect(await client.close()).toBe(true);
    client.track({ name: "login" });
    expect([rows().length, problems.map(({ message }) => message)]).toEqual([1, ["the client is closed"]]);
  });

  test.each([
    [{ url: "nowhere", key: "k" }, /"nowhere" is no address/],
    [{ url: "http://x", key: "" }, /the key is missing/],
  ])("says at its start what is wrong with %j", (options, message) => {
    expect(() => createClient(options)).toThrow(message);
  });

  test("sends what is left when its process ends by itself, and keeps no process that has nothing to do", async () => {
    const script = `import { createClient } from ${JSON.stringify(new URL("../../clients/node/src/client.ts", import.meta.url).href)};
      const daymark = createClient({ url: ${JSON.stringify(server.url)}, key: "tk_local", flushMs: 60_000 });
      for (let i = 0; i < 7; i++) daymark.track({ name: "login" });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    const ended = once(child, "exit");
    const errors = await text(child.stderr);
    expect([await ended, errors.replace(/.*Warning.*\n.*\n/g, "")]).toEqual([[0, null], ""]);
    expect(rows()).toHaveLength(7);
  });

  test("has types for what the server's schemas take", () => {
    expectTypeOf<EventOf<"payment">>().toMatchTypeOf<{ amount: number; currency: string }>();
    expectTypeOf<EventOf<"page_view">["url"]>().toEqualTypeOf<string>();
    expectTypeOf<EventOf<"payment" | "click" | "app_log" | "access_log" | "login">>().toMatchTypeOf<
      Partial<EventInput>
    >();
    // @ts-expect-error a payment has an amount
    open().track({ name: "payment", currency: "KRW" });
    open().track({ name: "signed_up", plan: "pro" });
  });
});

test("the package for Node is built whole, and works in any Node from 18 on", async () => {
  const root = new URL("../../", import.meta.url);
  const built = spawn(process.execPath, [new URL("scripts/build-client.mjs", root).pathname]);
  expect(await once(built, "exit")).toEqual([0, null]);
  const module = await import(new URL("clients/node/dist/client.js", root).href);
  const client = module.createClient({ url: server.url, key: "tk_local" });
  client.track({ name: "login" });
  expect(await client.close()).toBe(true);
  expect(rows()).toHaveLength(1);
});
