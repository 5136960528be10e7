/**
 * How a source is connected to, by its engine: with the driver of src/databases, and what src/snapshot does with it.
 */
import { connectElasticsearch } from "../databases/elasticsearch.ts";
import { connectMysql } from "../databases/mysql.ts";
import { connectPostgres } from "../databases/postgres.ts";
import { openRdb } from "../databases/rdb-file.ts";
import { connectRedis } from "../databases/redis.ts";
import type { SnapshotSource } from "../schemas/snapshot-source.ts";
import { takeElasticsearch } from "../snapshot/engines/elasticsearch-run.ts";
import { takeMysql } from "../snapshot/engines/mysql-run.ts";
import { takeRun } from "../snapshot/engines/postgres-run.ts";
import { takeRdb } from "../snapshot/engines/rdb-run.ts";
import { takeRedis } from "../snapshot/engines/redis-run.ts";
import type { OpenSource, Step, Surroundings } from "../snapshot/surroundings.ts";

type Connect = (secret: string, source: SnapshotSource) => Promise<OpenSource & AsyncDisposable>;

const postgres: Connect = async (secret, source) => {
  const db = await connectPostgres(secret, source);
  return {
    take: (settings, from, around) => takeRun(settings, from, { ...around, db }),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
};

/** A source whose run is one invocation. */
const atOnce =
  <D extends Disposable>(
    connect: (secret: string, source: SnapshotSource) => Promise<D>,
    take: (settings: SnapshotSource, db: D, around: Surroundings) => Promise<Step>,
  ): Connect =>
  async (secret, source) => {
    const db = await connect(secret, source);
    return {
      take: (settings, _, around) => take(settings, db, around),
      [Symbol.asyncDispose]: async () => db[Symbol.dispose](),
    };
  };

const mysql = atOnce(connectMysql, takeMysql);

const rdb: Connect = async (_, source) => ({
  take: (settings, __, around) => takeRdb(settings, () => openRdb(source.file ?? ""), around),
  [Symbol.asyncDispose]: async () => {},
});

const engines = {
  postgres,
  mysql,
  mariadb: mysql,
  redis: atOnce(connectRedis, takeRedis),
  "redis-rdb": rdb,
  elasticsearch: atOnce(connectElasticsearch, takeElasticsearch("elasticsearch")),
  opensearch: atOnce(connectElasticsearch, takeElasticsearch("opensearch")),
} satisfies Record<SnapshotSource["engine"], Connect>;

/** Connects to a source; `readSecret` reads the secret of an ARN. */
export async function connectSource(
  source: SnapshotSource,
  readSecret: (arn: string) => Promise<string>,
): Promise<OpenSource & AsyncDisposable> {
  return engines[source.engine](source.secret === "" ? "" : await readSecret(source.secret), source);
}
