/**
 * Snapshots of real servers of OpenSearch and Elasticsearch: of each an older one, which can sort by id alone or does
 * not know of vectors that are left out, and a newer one.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSearchServers } from "../../tools/servers/opensearch.ts";
import { searchProgram } from "../../tools/servers/search-program.ts";
import { type RunningSearchServer, startSearchServer } from "../../tools/servers/search-server.ts";
import { elasticsearchServers } from "./elasticsearch.ts";
import { odd, startSearchStage } from "./search-stage.ts";

const shards = '{"settings": {"number_of_shards": 3, "number_of_replicas": 0}}';
const asText =
  '{"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": {"enabled": false, "_source": {"enabled": true}}}';
const unstored = '{"settings": {"number_of_replicas": 0}, "mappings": {"_source": {"enabled": false}}}';

const reader = { username: "reader", password: "secret of the reader" };
const programs = await Promise.all(
  [
    ...openSearchServers.map((server) => ({ server, engine: "opensearch" as const })),
    ...elasticsearchServers.map((server) => ({ server, engine: "elasticsearch" as const })),
  ].map(async ({ server, engine }) => ({ name: server.name, engine, program: await searchProgram([server]) })),
);

describe.each(programs)("$name", ({ engine, program }) => {
  if (typeof program === "string") return test.skip(`cannot be had here: ${program}`, () => {});
  const stack = new AsyncDisposableStack();
  let server: RunningSearchServer;
  beforeAll(async () => {
    server = stack.use(await startSearchServer(program, reader));
    await server.ask("PUT", "/orders-1", shards);
    await server.ask("PUT", "/orders-2", asText);
    await server.ask("PUT", "/empty", shards);
    await server.ask("PUT", "/unstored", unstored);
    await index("orders-1", 7000);
    await index("orders-2", 500);
    await index("unstored", 3);
    await server.ask("PUT", `/orders-2/_doc/${encodeURIComponent('a"b/ü')}?refresh=true`, odd);
    const both = '{"actions": [{"add": {"indices": ["orders-1", "orders-2"], "alias": "orders"}}]}';
    await server.ask("POST", "/_aliases", both);
  });
  beforeEach(() => Object.assign(server.state, { mayWrite: false, onSearch: async () => {} }));
  afterAll(() => stack.disposeAsync());

  async function index(name: string, count: number, from = 0): Promise<void> {
    const lines = Array.from({ length: count }, (_, i) => `{"index":{"_id":"id-${from + i}"}}\n{"n": ${from + i}}\n`);
    expect(await server.ask("POST", `/${name}/_bulk?refresh=true`, lines.join(""))).toMatchObject({ errors: false });
  }
  const start = () => startSearchStage(server, reader, engine);
  /** Before the search of that number, in what follows. */
  function onSearch(number: number, act: () => Promise<unknown>): void {
    let searches = 0;
    server.state.onSearch = async () => {
      if (++searches === number) await act();
    };
  }
  /** How many readers of shards are open, those of points in time too. */
  async function openReaders(): Promise<number> {
    const { nodes } = (await server.ask("GET", "/_nodes/stats/indices/search")) as NodeStats;
    return Object.values(nodes).reduce((sum, { indices }) => sum + indices.search.open_contexts, 0);
  }
  const expectAllClosed = () => expect.poll(openReaders).toBe(0);

  test("every document is there once, of all indices behind an alias and all shards, as the text that it was", async () => {
    await using all = await start();
    const { stage, take } = all;
    let mostOpen = 0;
    onSearch(3, async () => {
      mostOpen = await openReaders();
    });
    const step = await take("orders", "empty", "unstored");
    expect(step).toMatchObject({ finished: { consistent: false, tables: [{ rows: 7501 }, { rows: 0 }, { rows: 3 }] } });
    const counts = 'count(*), count(DISTINCT ("index", id))';
    expect(await stage.ask("orders", `SELECT "index", ${counts} FROM $ GROUP BY 1 ORDER BY 1`)).toEqual([
      ["orders-1", 7000n, 7000n],
      ["orders-2", 501n, 501n],
    ]);
    expect(await stage.ask("orders", `SELECT document FROM $ WHERE id = 'a"b/ü'`)).toEqual([[odd]]);
    expect(await stage.ask("orders", "SELECT document FROM $ WHERE id = 'id-17' AND \"index\" = 'orders-1'")).toEqual([
      ['{"n": 17}'],
    ]);
    expect(await stage.ask("unstored", "SELECT id, document FROM $ ORDER BY id")).toEqual(
      ["id-0", "id-1", "id-2"].map((id) => [id, null]),
    );
    // All shards of all indices, so that what is open can be seen at all.
    expect(mostOpen).toBeGreaterThanOrEqual(8);
    await expectAllClosed();
  });

  test("documents that are written and removed meanwhile change nothing", async () => {
    await using all = await start();
    const { stage, take } = all;
    await server.ask("PUT", "/moving", shards);
    await index("moving", 9000);
    let isDone = false;
    onSearch(1, async () => {
      await index("moving", 1000, 9000);
      const removed = '{"delete":{"_id":"id-17"}}\n{"delete":{"_id":"id-8999"}}\n';
      await server.ask("POST", "/moving/_bulk?refresh=true", removed);
      isDone = true;
    });
    expect(await take("moving")).toMatchObject({ finished: { tables: [{ rows: 9000 }] } });
    expect([isDone, await stage.ask("moving", "SELECT count(DISTINCT id) FROM $")]).toEqual([true, [[9000n]]]);
    await take("moving");
    expect(await stage.ask("moving", "SELECT count(DISTINCT id) FROM $")).toEqual([[9998n]]);
  });

  test("an index that is none fails the run, and leaves no point in time open", async () => {
    await using all = await start();
    await expect(all.take("orders", "none")).rejects.toThrow(/index_not_found/);
    await expectAllClosed();
  });

  test("an outage, and an index that goes while it is read, fail the run and leave the one before", async () => {
    await using all = await start();
    const { stage, take } = all;
    await server.ask("PUT", "/going", shards);
    await index("going", 3000);
    await take("going");
    const expectBefore = async () => expect(await stage.ask("going", "SELECT count(*) FROM $")).toEqual([[3000n]]);
    onSearch(4, () => Promise.reject(new Error("an outage")));
    await expect(take("going")).rejects.toThrow(/socket|ECONN|aborted/);
    await expectBefore();
    await expectAllClosed();
    onSearch(4, () => server.ask("DELETE", "/going"));
    await expect(take("going")).rejects.toThrow(/answered 404/);
    await expectBefore();
    await expectAllClosed();
    await server.ask("PUT", "/going", shards);
    await index("going", 20);
    expect(await take("going")).toMatchObject({ finished: { tables: [{ rows: 20 }] } });
    expect(await stage.ask("going", "SELECT count(*) FROM $")).toEqual([[20n]]);
  });

  test("a user that may write is refused, unless that is meant", async () => {
    await using all = await start();
    server.state.mayWrite = true;
    await expect(all.take("orders-2")).rejects.toThrow(/its user may write orders-2/);
    expect(await all.takeWith({ mayWrite: true }, "orders-2")).toMatchObject({ finished: { tables: [{ rows: 501 }] } });
  });

  test.each(['{"filter": {"term": {"n": 1}}}', '{"search_routing": "1"}'])(
    "an alias that shows a part of its index alone (%s) is refused, its index is not",
    async (part) => {
      await using all = await start();
      await server.ask("PUT", "/unstored/_alias/part", part);
      await expect(all.take("part")).rejects.toThrow(/the alias part shows a part of unstored alone/);
      expect(await all.take("unstored")).toMatchObject({ finished: { tables: [{ rows: 3 }] } });
      await expectAllClosed();
    },
  );

  // Vectors are a plugin of OpenSearch; data streams are a module of Elasticsearch that is no artifact of Maven.
  if (engine === "elasticsearch")
    test.each([false, true])(
      "documents have their vectors, whether these are searched for (%s) or not",
      async (isIndexed) => {
        await using all = await start();
        const name = `vectors-${isIndexed}`;
        const vector = `{"type": "dense_vector", "dims": 2, "index": ${isIndexed}}`;
        await server.ask("PUT", `/${name}`, `{"mappings": {"dynamic": false, "properties": {"vector": ${vector}}}}`);
        const source = '{"n": 9007199254740993, "vector": [0.25, 1e-7], "big": 123456789012345678901234567890}';
        await server.ask("PUT", `/${name}/_doc/a?refresh=true`, source);
        expect(await all.take(name)).toMatchObject({ finished: { tables: [{ rows: 1 }] } });
        const [[document] = []] = await all.stage.ask(name, "SELECT document FROM $");
        // Since 9.2 the server takes vectors out, and puts them back at the end.
        const anew = '{"n":9007199254740993,"big":123456789012345678901234567890,"vector":[0.25,1.0E-7]}';
        expect(document).toBe(isIndexed && program.server.name.startsWith("Elasticsearch 9") ? anew : source);
      },
    );
  else
    test("a data stream is a table", async () => {
      await using all = await start();
      await server.ask("PUT", "/_index_template/logs", '{"index_patterns": ["logs"], "data_stream": {}}');
      const written = '{"create":{}}\n{"@timestamp": "2026-11-26T09:00:00Z"}\n';
      for (let generation = 0; generation < 2; generation++) {
        await server.ask("POST", "/logs/_bulk?refresh=true", written.repeat(10));
        await server.ask("POST", "/logs/_rollover");
      }
      expect(await all.take("logs")).toMatchObject({ finished: { tables: [{ rows: 20 }] } });
      expect(await all.stage.ask("logs", 'SELECT count(DISTINCT "index"), count(DISTINCT id) FROM $')).toEqual([
        [2n, 20n],
      ]);
    });
});

type NodeStats = { nodes: Record<string, { indices: { search: { open_contexts: number } } }> };
