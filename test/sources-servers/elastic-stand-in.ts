/**
 * What Elasticsearch and OpenSearch answer to a snapshot, as their documentation has it, for what real servers cannot be made to do: points
 * in time, search_after, shards, users that may only read. Its documents are texts, and are sent as they are.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { freePort, makeCertificate } from "../../tools/servers/own-server.ts";

type Document = { id: string; source: string };
const PASSWORD = "secret of the reader";

export async function startElasticStandIn(flavour: "elasticsearch" | "opensearch") {
  const home = await mkdtemp(join(tmpdir(), "daymark-elastic-"));
  await makeCertificate(home);
  const [key, ca] = await Promise.all(["server.key", "server.crt"].map((name) => readFile(join(home, name), "utf8")));
  const indices = new Map<string, Document[]>();
  const aliases = new Map<string, string[]>();
  const pits = new Map<string, { index: string; documents: Document[] }>();
  const state = { mayWrite: false, failedShards: 0, searches: 0, loseContext: false, isBreaking: false, isOld: false };
  let opened = 0;
  const login = `Basic ${Buffer.from(`reader:${PASSWORD}`).toString("base64")}`;

  function search(body: {
    size: number;
    pit: { id: string };
    sort: object[];
    search_after?: [number | string];
    _source?: { exclude_vectors?: boolean };
  }): [number, string] {
    state.searches++;
    const pit = pits.get(body.pit.id);
    if (pit === undefined || (state.loseContext && state.searches > 1))
      return [404, '{"error":"search_context_missing_exception"}'];
    const sortsBy = (field: string) => body.sort.length === 1 && Object.hasOwn(body.sort[0] ?? {}, field);
    // What this server does not know.
    const knows = flavour === "elasticsearch" ? !state.isOld : body._source === undefined;
    const sorts = flavour === "opensearch" && state.isOld ? "_id" : "_shard_doc";
    if ((body._source !== undefined && !knows) || !sortsBy(sorts))
      return [400, '{"error":"parsing_exception: unknown key, or no mapping found to sort on"}'];
    const hasVectors = state.isOld || flavour === "opensearch" || body._source?.exclude_vectors === false;
    const isById = sortsBy("_id");
    const sorted = isById ? pit.documents.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : pit.documents;
    const sortOf = (document: Document, i: number) => (isById ? document.id : i);
    const [after] = body.search_after ?? [undefined];
    const left = sorted
      .map((document, i) => ({ document, sort: sortOf(document, i) }))
      .filter(({ sort }) => after === undefined || sort > after);
    const hits = left.slice(0, body.size).map(({ document: { id, source }, sort }) => {
      return `{"_index":"${pit.index}","_id":${JSON.stringify(id)},"_score":null, "_source" : ${hasVectors ? source : source.replace(/, "vector": \[[^\]]*\]/, "")},"sort":[${JSON.stringify(sort)}]}`;
    });
    const total = after === undefined ? `"total":{"value":${sorted.length},"relation":"eq"},` : "";
    const shards = `{"total":2,"successful":${2 - state.failedShards},"failed":${state.failedShards}}`;
    return [
      200,
      `{"pit_id":"${body.pit.id}","took":1,"timed_out":false,"_shards":${shards},"hits":{${total}"max_score":null,"hits":[${hits.join(",")}]}}`,
    ];
  }

  function answer(method: string, path: string, body: string): [number, string] {
    const [, name = "", rest = ""] = /^\/([^/?]*)(.*)$/.exec(path) ?? [];
    const behind = aliases.get(name) ?? (indices.has(name) ? [name] : []);
    if (method === "POST" && path === "/_search?allow_partial_search_results=false") return search(JSON.parse(body));
    if (method === "DELETE" && ["/_pit", "/_search/point_in_time"].includes(path)) {
      const { id, pit_id: [first] = [id] } = JSON.parse(body);
      return [pits.delete(first) ? 200 : 404, "{}"];
    }
    if (name === "_alias") return [404, '{"error":"alias [orders] missing","status":404}'];
    if (behind.length === 0) return [404, '{"error":"index_not_found_exception"}'];
    if (method === "GET" && rest === "/_settings/index.uuid")
      return [200, JSON.stringify(Object.fromEntries(behind.map((one) => [one, {}])))];
    if (rest.startsWith("/_update/"))
      return state.mayWrite ? [404, '{"error":"document_missing_exception"}'] : [403, "{}"];
    const opening = { elasticsearch: "/_pit?keep_alive=15m", opensearch: "/_search/point_in_time?keep_alive=15m" };
    if (method === "POST" && rest === opening[flavour] && behind[0] !== undefined) {
      const id = `pit ${++opened}`;
      pits.set(id, { index: behind[0], documents: [...(indices.get(behind[0]) ?? [])] });
      return [200, JSON.stringify(flavour === "opensearch" ? { pit_id: id } : { id })];
    }
    return [400, '{"error":"no handler found"}'];
  }

  const server = createServer({ key, cert: ca }, async (request, response) => {
    const body = await text(request);
    const [status, sent] =
      request.headers.authorization === login ? answer(request.method ?? "", request.url ?? "", body) : [401, "{}"];
    response.writeHead(status, { "content-type": "application/json" });
    if (!state.isBreaking || request.url?.startsWith("/_search?") !== true) return response.end(sent);
    // Half of the answer, and then a reset.
    response.write(sent.slice(0, -100), () => setTimeout(reset, 50));
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    if (socket instanceof Socket) sockets.add(socket);
  });
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port,
    ca: ca ?? "",
    reader: { username: "reader", password: PASSWORD },
    indices,
    aliases,
    /** The points in time that are open, and how many ever were. */
    pits,
    opened: () => opened,
    state,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(home, { recursive: true, force: true });
    },
  };
}
