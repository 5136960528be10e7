/**
 * The target of the long fuzz run, in its own process so that its memory can be measured: the declared routes, the
 * functions' own code behind them in the same thread, and the AWS endpoint with real DynamoDB and Athena. Only what
 * collect puts on Firehose is discarded, so that a million requests measure our code and not the disk; the run against
 * a running pipeline includes it.
 */
import { createRequire, registerHooks } from "node:module";
import { resolve } from "node:path";
import { startAthena } from "../../local/athena/service.ts";
import { describeStage, type LambdaFunction } from "../../local/cloudformation/template.ts";
import { openDatabase } from "../../local/duckdb/database.ts";
import { startDynamoDb } from "../../local/dynamodb/service.ts";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { AwsError, type AwsService, type Invoke } from "../../local/endpoint/aws-error.ts";
import { createFaults } from "../../local/faults.ts";
import { readRecord, readRecords } from "../../local/firehose/records.ts";
import { startGlue } from "../../local/glue/catalog.ts";
import { startHttpApi } from "../../local/http/service.ts";
import { packageStage } from "../../local/package-stage.ts";
import { startSecretsManager } from "../../local/secrets-manager/service.ts";

type Handler = (event: unknown, context: object) => Promise<unknown>;

const home = process.argv[2] ?? "";
const root = resolve(import.meta.dirname, "../..");
const packaged = await packageStage("local", { root });
const stage = describeStage(packaged.template, { accountId: "000000000000", region: "us-east-1" });
const faults = createFaults();
const dynamoDb = await startDynamoDb({ home, tables: stage.tables, faults });
const database = await openDatabase({ home });
const glue = await startGlue({ home, tables: stage.glueTables });
const athena = await startAthena({ home, glue, database, workgroups: stage.workgroups, faults });
const secrets = await startSecretsManager({ home, secrets: stage.secrets, faults });
const handlers = new Map<string, Handler>();
const firehose = checkingFirehose(stage.deliveryStreams.map(({ name }) => name));
const services = [dynamoDb.service, athena.service, firehose, secrets.service];
registerHooks({
  resolve: (specifier, context, next) =>
    next(
      specifier.endsWith("/aws/firehose-client.ts") ? import.meta.resolve("./null-firehose-client.ts") : specifier,
      context,
    ),
});
const endpoint = await startAwsEndpoint({ port: 0, services, invoke, faults });
for (const fn of stage.functions) await loadHandler(fn);
const api = await startHttpApi({ api: { ...stage.api, throttle: undefined }, port: 0, invoke });

process.on("message", () => {
  // The last resort also returns the pages that V8 keeps for itself, many times what is in use.
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  process.send?.({ ...process.memoryUsage(), peak: process.resourceUsage().maxRSS * 1024 });
});
process.on("disconnect", () => process.exit());
process.send?.({ url: api.url, awsUrl: endpoint.url });

async function loadHandler(fn: LambdaFunction): Promise<void> {
  const aws = { AWS_ENDPOINT_URL: endpoint.url, AWS_REGION: stage.region, AWS_LAMBDA_FUNCTION_NAME: fn.name };
  const keys = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
  Object.assign(process.env, fn.environment, aws, keys, { LOG_LEVEL: "silent" });
  const { handler } =
    fn.key === "site" ? packagedHandler(fn) : await import(`../../${fn.handler.replace(".handler", ".ts")}`);
  for (const name of [fn.key, fn.name, fn.arn]) handlers.set(name, handler);
}

/** The pages are built when the function is packaged. */
function packagedHandler(fn: LambdaFunction): { handler: Handler } {
  const load = createRequire(import.meta.url);
  return load(packaged.bundle(fn.key, fn.handler));
}

/** As on Lambda: input and output are JSON, and a handler that throws is an answer. */
async function invoke(name: string, payload: unknown): ReturnType<Invoke> {
  const handler = handlers.get(name);
  if (!handler) throw new AwsError("ResourceNotFoundException", `Function not found: ${name}`, { status: 404 });
  try {
    const result = await handler(payload, { getRemainingTimeInMillis: () => 900_000 });
    return { payload: result ?? null };
  } catch (error) {
    return { payload: { errorMessage: String(error) }, functionError: "Unhandled" };
  }
}

function checkingFirehose(names: readonly string[]): AwsService {
  const check = ({ DeliveryStreamName }: { DeliveryStreamName?: unknown }) => {
    if (names.some((name) => name === DeliveryStreamName)) return;
    throw new AwsError("ResourceNotFoundException", "Firehose not found");
  };
  return {
    target: "Firehose_20150804",
    operations: {
      PutRecord: async (input) => {
        check(input);
        readRecord(input.Record, Date.now());
        return { RecordId: "r", Encrypted: false };
      },
      PutRecordBatch: async (input) => {
        check(input);
        const RequestResponses = readRecords(input.Records, Date.now()).map(() => ({ RecordId: "r" }));
        return { FailedPutCount: 0, Encrypted: false, RequestResponses };
      },
    },
  };
}
