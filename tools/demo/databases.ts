/**
 * The databases of which the demo has snapshots taken: those that this machine has a server of are started with a few
 * rows. Stage `local` knows them by their `source` (custom.demoSnapshots of serverless.yml).
 */
import { cacheRdb } from "./cache-rdb.ts";

/** How the stage comes to the rows: logged in as a secret says, or by a file in the lake's bucket. */
type OpenDatabase = { secret: object } | { file: { key: string; body: Uint8Array<ArrayBuffer> } };
export type DemoDatabase = {
  name: string;
  source: string;
  rows: number;
  /** Starts it, until it is disposed; undefined if this machine has no server of it. */
  start(): Promise<(OpenDatabase & AsyncDisposable) | undefined>;
};

const rdbFile: DemoDatabase = {
  name: "RDB file of Redis",
  source: "demo-redis-rdb",
  rows: cacheRdb.keys,
  start: async () => ({
    file: { key: "demo-snapshots/cache.rdb", body: new Uint8Array(cacheRdb.bytes) },
    [Symbol.asyncDispose]: async () => {},
  }),
};

export const demoDatabases: readonly DemoDatabase[] = [rdbFile];
