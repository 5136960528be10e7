/** Snapshots of Elasticsearch and OpenSearch, whose wire is spoken by a stand-in. */
import { expect, test } from "vitest";
import { startElasticStandIn } from "./elastic-stand-in.ts";
import { odd, startSearchStage } from "./search-stage.ts";

const flavours = ["elasticsearch", "opensearch"] as const;

async function start(flavour: (typeof flavours)[number]) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startElasticStandIn(flavour));
  const { stage, take, takeWith } = stack.use(await startSearchStage(server, server.reader, flavour));
  return { server, stage, take, takeWith, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
const documents = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ id: `id-${from + i}`, source: `{"n": ${from + i}}` }));

test.each(flavours)(
  "every document of %s is there once, of all indices behind an alias, as the text that it was",
  async (flavour) => {
    await using all = await start(flavour);
    const { server, stage, take } = all;
    server.indices.set("orders-1", [...documents(7000), { id: 'a"b/ü', source: odd }]);
    server.indices.set("orders-2", documents(500));
    server.indices.set("empty", []);
    server.aliases.set("orders", ["orders-2", "orders-1"]);
    const step = await take("orders", "empty");
    expect(step).toMatchObject({ finished: { consistent: false, tables: [{ rows: 7501 }, { rows: 0 }] } });
    const counts = 'count(*), count(DISTINCT ("index", id))';
    expect(await stage.ask("orders", `SELECT "index", ${counts} FROM $ GROUP BY 1 ORDER BY 1`)).toEqual([
      ["orders-1", 7001n, 7001n],
      ["orders-2", 500n, 500n],
    ]);
    expect(await stage.ask("orders", `SELECT document FROM $ WHERE id = 'a"b/ü'`)).toEqual([[odd]]);
    expect([server.pits.size, server.state.searches < 40]).toEqual([0, true]);
  },
);

test.each(
  flavours.flatMap((flavour) => [
    { flavour, isOld: true },
    { flavour, isOld: false },
  ]),
)(
  "documents of $flavour have their vectors, and are read whether it is old or not ($isOld)",
  async ({ flavour, isOld }) => {
    await using all = await start(flavour);
    const { server, stage, take } = all;
    const source = '{"n": 1, "vector": [0.25, 1e-7]}';
    server.state.isOld = isOld;
    server.indices.set("orders", [{ id: "a", source }, ...documents(300)]);
    expect(await take("orders")).toMatchObject({ finished: { tables: [{ rows: 301 }] } });
    expect(await stage.ask("orders", "SELECT document FROM $ WHERE id = 'a'")).toEqual([[source]]);
    expect(await stage.ask("orders", "SELECT count(DISTINCT id) FROM $")).toEqual([[301n]]);
  },
);

test("what is not whole is not there: a shard that failed, a point in time that was lost, an index that is none", async () => {
  await using all = await start("elasticsearch");
  const { server, stage, take } = all;
  server.indices.set("orders", documents(1000));
  await take("orders");
  server.indices.set("orders", documents(2000));
  server.state.failedShards = 1;
  await expect(take("orders")).rejects.toThrow(/not all shards/);
  Object.assign(server.state, { failedShards: 0, searches: 0, loseContext: true });
  await expect(take("orders")).rejects.toThrow(/answered 404.*search_context_missing/);
  server.state.loseContext = false;
  await expect(take("nothing")).rejects.toThrow(/index_not_found/);
  expect(await stage.ask("orders", "SELECT count(*) FROM $")).toEqual([[1000n]]);
  await take("orders");
  expect(await stage.ask("orders", "SELECT count(*) FROM $")).toEqual([[2000n]]);
});

test.each(flavours)("no point in time of %s stays open, whatever fails", async (flavour) => {
  await using all = await start(flavour);
  const { server, take } = all;
  server.indices.set("orders", documents(1000));
  await expect(take("orders", "customers")).rejects.toThrow(/index_not_found/);
  expect([server.opened(), server.pits.size]).toEqual([1, 0]);
  server.indices.set("customers", documents(1000));
  server.state.failedShards = 1;
  await expect(take("orders", "customers")).rejects.toThrow(/not all shards/);
  expect([server.opened(), server.pits.size]).toEqual([3, 0]);
});

test("an answer that breaks off fails the run, and the next run succeeds", async () => {
  await using all = await start("elasticsearch");
  const { server, take } = all;
  server.indices.set("orders", documents(10));
  server.state.isBreaking = true;
  await expect(take("orders")).rejects.toThrow(/aborted|ECONNRESET|terminated/);
  expect(server.pits.size).toBe(0);
  server.state.isBreaking = false;
  expect(await take("orders")).toMatchObject({ finished: { tables: [{ rows: 10 }] } });
});

test("a user that may write is refused, unless that is meant; ids are hidden when they are to be", async () => {
  await using all = await start("elasticsearch");
  const { server, stage, take, takeWith } = all;
  server.indices.set("orders", documents(1));
  server.state.mayWrite = true;
  await expect(take("orders")).rejects.toThrow(/its user may write orders/);
  const hidden = { tables: [{ table: "orders", columns: ["id"], pseudonyms: ["id"] }] };
  expect(await takeWith({ mayWrite: true, ...hidden })).toHaveProperty("finished");
  const [row] = await stage.ask("orders", 'SELECT * EXCLUDE (dt, hour, source, "table") FROM $');
  expect(row).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), null]);
});
