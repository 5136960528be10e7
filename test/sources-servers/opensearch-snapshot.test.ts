/** Snapshots of real servers of OpenSearch: one that can sort by id alone, and one that sorts by place. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSearchServers } from "../../tools/servers/opensearch.ts";
import { searchProgram } from "../../tools/servers/search-program.ts";
import { type RunningSearchServer, startSearchServer } from "../../tools/servers/search-server.ts";
import { startSnapshotStage } from "./snapshot-stage.ts";

// What a parser that makes numbers and objects of it would change.
const odd =
  '{"n": 9007199254740993, "big": 1e400, "text": "\\" } ] 한국 🙂", "nested": {"_id": [1, {"hits": []}]}, "empty": {}}';
const shards = '{"settings": {"number_of_shards": 3, "number_of_replicas": 0}}';
const asText =
  '{"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": {"enabled": false, "_source": {"enabled": true}}}';

const reader = { username: "reader", password: "secret of the reader" };
const programs = await Promise.all(
  openSearchServers.map(async (server) => ({ name: server.name, program: await searchProgram([server]) })),
);

describe.each(programs)("$name", ({ program }) => {
  if (typeof program === "string") return test.skip(`cannot be had here: ${program}`, () => {});
  const stack = new AsyncDisposableStack();
  let server: RunningSearchServer;
  beforeAll(async () => {
    server = stack.use(await startSearchServer(program, reader));
    await server.ask("PUT", "/orders-1", shards);
    await server.ask("PUT", "/orders-2", asText);
    await server.ask("PUT", "/empty", shards);
    await index("orders-1", 7000);
    await index("orders-2", 500);
    await server.ask("PUT", `/orders-2/_doc/${encodeURIComponent('a"b/ü')}?refresh=true`, odd);
    await server.ask(
      "POST",
      "/_aliases",
      '{"actions": [{"add": {"indices": ["orders-1", "orders-2"], "alias": "orders"}}]}',
    );
  });
  afterAll(() => stack.disposeAsync());

  async function index(name: string, count: number, from = 0): Promise<void> {
    const lines = Array.from({ length: count }, (_, i) => `{"index":{"_id":"id-${from + i}"}}\n{"n": ${from + i}}\n`);
    expect(await server.ask("POST", `/${name}/_bulk?refresh=true`, lines.join(""))).toMatchObject({ errors: false });
  }
  async function start() {
    const stage = await startSnapshotStage(server, reader);
    const take = (table: string, other: object = {}) =>
      stage.invocation(
        { source: "shop", engine: "opensearch", secret: "arn", tables: [{ table }], ...other },
        undefined,
        {},
      );
    return { stage, take, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
  }
  const openPits = async () => JSON.stringify(await server.ask("GET", "/_search/point_in_time/_all").catch(String));

  test("every document is there once, of all indices behind an alias and all shards, as the text that it was", async () => {
    await using all = await start();
    const { stage, take } = all;
    const step = await take("orders", { tables: [{ table: "orders" }, { table: "empty" }] });
    expect(step).toMatchObject({ finished: { consistent: false, tables: [{ rows: 7501 }, { rows: 0 }] } });
    const counts = 'count(*), count(DISTINCT ("index", id))';
    expect(await stage.ask("orders", `SELECT "index", ${counts} FROM $ GROUP BY 1 ORDER BY 1`)).toEqual([
      ["orders-1", 7000n, 7000n],
      ["orders-2", 501n, 501n],
    ]);
    expect(await stage.ask("orders", `SELECT document FROM $ WHERE id = 'a"b/ü'`)).toEqual([[odd]]);
    expect(await openPits()).toMatch(/"pits":\[\]|404/);
  });

  test("documents that are written and removed meanwhile change nothing", async () => {
    await using all = await start();
    const { stage, take } = all;
    await server.ask("PUT", "/moving", shards);
    await index("moving", 9000);
    let isFirst = true;
    server.state.onSearch = async () => {
      if (!isFirst) return;
      isFirst = false;
      await index("moving", 1000, 9000);
      await server.ask(
        "POST",
        "/moving/_bulk?refresh=true",
        '{"delete":{"_id":"id-17"}}\n{"delete":{"_id":"id-8999"}}\n',
      );
    };
    expect(await take("moving")).toMatchObject({ finished: { tables: [{ rows: 9000 }] } });
    expect([isFirst, await stage.ask("moving", "SELECT count(DISTINCT id) FROM $")]).toEqual([false, [[9000n]]]);
    server.state.onSearch = async () => {};
    await take("moving");
    expect(await stage.ask("moving", "SELECT count(DISTINCT id) FROM $")).toEqual([[9998n]]);
  });

  test("an index that is none fails the run, and leaves no point in time open", async () => {
    await using all = await start();
    await expect(all.take("", { tables: [{ table: "orders" }, { table: "none" }] })).rejects.toThrow(/index_not_found/);
    expect(await openPits()).toMatch(/"pits":\[\]|404/);
  });

  test("a user that may write is refused, unless that is meant", async () => {
    await using all = await start();
    server.state.mayWrite = true;
    await expect(all.take("orders-2")).rejects.toThrow(/its user may write orders-2/);
    expect(await all.take("orders-2", { mayWrite: true })).toMatchObject({ finished: { tables: [{ rows: 501 }] } });
    server.state.mayWrite = false;
  });
});
