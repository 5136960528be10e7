/**
 * Assembles AWS on one machine: starts everything that the packaged template of stage `local` declares, in the order of
 * dependencies, and ends it in reverse order.
 */
import { startAthena } from "./athena/service.ts";
import { describeStage, type Schedule, type Stage } from "./cloudformation/template.ts";
import { type Database, openDatabase } from "./duckdb/database.ts";
import { startDynamoDb } from "./dynamodb/service.ts";
import { type AwsEndpoint, startAwsEndpoint } from "./endpoint/aws-endpoint.ts";
import type { AwsService, Invoke } from "./endpoint/aws-error.ts";
import { createFaults, type Faults } from "./faults.ts";
import { startFirehose } from "./firehose/service.ts";
import { startGlue } from "./glue/catalog.ts";
import { createGlueService } from "./glue/service.ts";
import { openHome } from "./home/home.ts";
import { watchHome } from "./home/watch.ts";
import { createKeyFinder } from "./http/keys.ts";
import { createRefusedRequests } from "./http/refused.ts";
import { startHttpApi } from "./http/service.ts";
import { startLambda } from "./lambda/service.ts";
import type { PackagedStage } from "./package-stage.ts";
import { startS3 } from "./s3/service.ts";
import { startScheduler } from "./scheduler/service.ts";
import { startSecretsManager } from "./secrets-manager/service.ts";
import { createTroubles, type Troubles } from "./troubles.ts";

export type PipelineOptions = {
  packaged: PackagedStage;
  home: string;
  /** 0 for any free port. */
  port: number;
  awsPort: number;
  host?: string;
  /** Names by which both ports may be called, in addition to those of this machine. */
  hosts?: readonly string[];
  faults?: Faults;
  /** How long stopping may take to bring what was accepted into the lake; the next start resumes the rest. */
  flushMs?: number;
  warn?: (message: string) => void;
};
export type Pipeline = {
  url: string;
  awsUrl: string;
  home: string;
  timezone: string;
  faults: Faults;
  invoke: Invoke;
  /** Brings everything that was accepted so far into the lake. */
  flush: (options?: { timeoutMs?: number }) => Promise<void>;
} & AsyncDisposable;

const account = { accountId: "000000000000", region: "us-east-1" };

/** Starts the pipeline; it takes requests when the promise resolves. Disposing stops accepting, flushes, and ends. */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { packaged, port, host = "127.0.0.1", hosts = [], faults = createFaults(), flushMs = 8_000 } = options;
  const warn = options.warn ?? ((message: string) => console.error(message));
  const stage = describeStage(packaged.template, account);
  const timezone = stage.functions[0]?.environment.TIMEZONE ?? "UTC";

  await using started = new AsyncDisposableStack();
  const { folder: home, lock } = started.use(await openHome(options.home, { timezone }));
  const troubles = createTroubles(warn);
  const dynamoDb = started.use(await startDynamoDb({ home, tables: stage.tables, faults, troubles }));
  const database = started.use(await openDatabase({ home }));
  const glue = started.use(await startGlue({ home, tables: stage.glueTables }));
  const athena = started.use(await startAthena({ home, glue, database, workgroups: stage.workgroups, faults }));
  const secrets = await startSecretsManager({ home, secrets: stage.secrets, faults });
  const services = [createGlueService(glue, stage.accountId), dynamoDb.service, athena.service, secrets.service];
  const { endpoint, lambda, invoke, firehose } = await startCallers(
    { ...options, home, host, hosts, faults, warn, stage, database, troubles, services },
    started,
  );
  lambda.warm(["collect", "query", "stream"]);
  started.defer(() => flushOrWarn(() => firehose.flush({ timeoutMs: flushMs }), warn));
  const keyOf = createKeyFinder(stage.functions, secrets.currentValue);
  const refused = createRefusedRequests(() => new Intl.DateTimeFormat("en-CA", { timeZone: timezone }).format());
  const api = started.use(await startHttpApi({ api: stage.api, port, host, hosts, invoke, keyOf, troubles, refused }));
  started.use(watchHome({ home, lock, troubles }));
  const onFailure = ({ name }: Schedule, reason: string) => warn(`Schedule ${name} failed: ${reason}`);
  started.use(await startScheduler({ schedules: stage.schedules, invoke, onFailure }));

  const close = started.move();
  return {
    url: api.url,
    awsUrl: endpoint.url,
    home,
    timezone,
    faults,
    invoke,
    flush: (flushOptions) => firehose.flush(flushOptions),
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  };
}

type CallerOptions = Required<Omit<PipelineOptions, "flushMs">> & {
  stage: Stage;
  database: Database;
  troubles: Troubles;
  /** What the endpoint serves in addition to Firehose. */
  services: AwsService[];
};

/**
 * Starts what calls each other: the endpoint serves Firehose, Firehose calls functions, and functions call the
 * endpoint. Calls of functions wait until it is listening.
 */
async function startCallers(options: CallerOptions, started: AsyncDisposableStack) {
  const { packaged, home, host, hosts, awsPort, faults, warn, stage, database, troubles, services } = options;
  let endpoint: AwsEndpoint | undefined;
  const listening = Promise.withResolvers<void>();
  listening.promise.catch(() => {});
  started.defer(() => endpoint?.[Symbol.asyncDispose]());
  const functions = stage.functions.map((fn) => ({ ...fn, bundle: packaged.bundle(fn.key, fn.handler) }));
  const endpointUrl = () => endpoint?.url ?? "";
  const lambda = started.use(await startLambda({ functions, region: stage.region, endpointUrl, faults }));
  const invoke: Invoke = async (name, payload) => {
    if (!endpoint) await listening.promise;
    return await lambda.invoke(name, payload);
  };
  const streams = stage.deliveryStreams;
  const firehose = started.use(await startFirehose({ home, streams, invoke, database, faults, warn, troubles }));
  try {
    const s3 = await startS3({ home, buckets: stage.buckets, faults });
    const all = [...services, firehose.service];
    endpoint = await startAwsEndpoint({ port: awsPort, host, hosts, services: all, invoke, s3, faults });
    listening.resolve();
  } catch (error) {
    listening.reject(error);
    throw error;
  }
  return { endpoint, lambda, invoke, firehose };
}

async function flushOrWarn(flush: () => Promise<void>, warn: (message: string) => void): Promise<void> {
  try {
    await flush();
  } catch (error) {
    warn(`Not everything is in the lake yet; the next start goes on from here (${error})`);
  }
}
