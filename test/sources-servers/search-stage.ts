/** Snapshots of Elasticsearch and OpenSearch, real or not: for taking them of indices, and reading what they wrote. */
import { startSnapshotStage } from "./snapshot-stage.ts";

/** A document that a parser which makes numbers and objects of it would change. */
export const odd =
  '{"n": 9007199254740993, "big": 1e400, "text": "\\" } ] 한국 🙂", "nested": {"_id": [1, {"hits": []}]}, "empty": {}}';

type Server = { port: number; ca: string };

export async function startSearchStage(
  server: Server,
  reader: { username: string; password: string },
  engine: "elasticsearch" | "opensearch",
) {
  const stage = await startSnapshotStage(server, reader);
  const takeWith = (other: object, ...tables: string[]) => {
    const all = { tables: tables.map((table) => ({ table })), ...other };
    return stage.invocation({ source: "shop", engine, secret: "arn", ...all }, undefined, {});
  };
  return {
    stage,
    /** A snapshot of some indices; with other settings than the usual ones. */
    take: (...tables: string[]) => takeWith({}, ...tables),
    takeWith,
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}
