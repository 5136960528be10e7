/**
 * The contract cases (test/contract), which the local services pass, against an independent implementation of AWS. Its
 * known errors are listed below, with the reason and with its answer: a case that fails in another way fails here too,
 * and so does one that starts to pass.
 */
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { accountId, region, startMinistack } from "./ministack.ts";

const name = "daymark-contract";
const noValidation = "its Firehose does not check requests against the limits of AWS's model";
const duckdb = "its Athena is DuckDB without Trino's dialect";

/** By the case's name: why it fails there, and the message of its failure. */
const gaps: Record<string, { reason: string; says: string }> = {
  "a number keeps 38 digits": {
    reason: "it adds numbers with 28 digits, the decimals of Python",
    says: "to be '99999999999999999999999999999999999999'",
  },
  "an invalid expression, a wrong type and an unknown table are refused by name": {
    reason: "it takes an ADD without a value for nothing to do",
    says: "instead of rejecting",
  },
  "PutRecordBatch refuses 501 records": { reason: noValidation, says: "InvalidArgumentException: A maximum of 50" },
  "PutRecordBatch refuses no records": { reason: noValidation, says: "InvalidArgumentException: Records must no" },
  "PutRecordBatch refuses a record of more than 1,000 KiB": { reason: noValidation, says: "{ FailedPutCount: 1" },
  "PutRecordBatch refuses more than 4 MiB in one call": { reason: noValidation, says: "{ FailedPutCount: +0" },
  "a name that cannot be a stream's is a ValidationException": {
    reason: noValidation,
    says: "ResourceNotFoundException: Firehose no/st",
  },
  "a token names one execution, and another question under it is refused": {
    reason: "its Athena forgets tokens",
    says: "to match object { Object (QueryExecutionId) }",
  },
  "parameters take the places of question marks": {
    reason: "its Athena does not read ExecutionParameters",
    says: "Values were not provided for the following parameters: 1, 2",
  },
  "a start is refused when a token, a parameter or a workgroup is not as it has to be": {
    reason: "its Athena takes any",
    says: "instead of rejecting",
  },
  "results come in pages": { reason: duckdb, says: "Scalar Function with name sequence does not exist" },
  "UNLOAD into a fresh folder, then a partition that points there, is what a query reads": {
    reason: duckdb,
    says: 'syntax error at or near "UNLOAD"',
  },
};

const owned = new AsyncDisposableStack();
const ministack = owned.use(await startMinistack());
Object.assign(process.env, ministack.env, {
  DAYMARK_CONTRACT_ENDPOINT: ministack.env.AWS_ENDPOINT_URL,
  DAYMARK_CONTRACT_STREAM: name,
  DAYMARK_CONTRACT_WORKGROUP: name,
  DAYMARK_CONTRACT_DATABASE: "daymark_contract",
  DAYMARK_CONTRACT_BUCKET: name,
});
await makeStage();
afterAll(() => owned.disposeAsync());

const met: string[] = [];
afterEach(({ task }) => {
  const gap = gaps[task.name];
  if (gap === undefined) return;
  met.push(task.name);
  const [error] = task.result?.errors ?? [];
  if (error === undefined) throw new Error(`This AWS gets it right by now: ${gap.reason} is no gap any more`);
  Object.assign(task, { fails: error.message.includes(gap.says) });
});

describe("DynamoDB", async () => void (await import("../contract/dynamodb.test.ts")));
describe("the table", async () => void (await import("../contract/blocks.test.ts")));
describe("Firehose", async () => void (await import("../contract/firehose.test.ts")));
describe("Athena", async () => void (await import("../contract/athena.test.ts")));

test("each gap is one of a case", () => {
  expect(met.sort()).toEqual(Object.keys(gaps).sort());
});

/** What a deployed stage has, as far as the cases need it. */
async function makeStage(): Promise<void> {
  const { call } = ministack.aws;
  await call("s3", "create_bucket", { Bucket: name, CreateBucketConfiguration: { LocationConstraint: region } });
  const ResultConfiguration = { OutputLocation: `s3://${name}/athena-results/` };
  await call("athena", "create_work_group", { Name: name, Configuration: { ResultConfiguration } });
  await call("glue", "create_database", { DatabaseInput: { Name: "daymark_contract" } });
  await call("firehose", "create_delivery_stream", {
    DeliveryStreamName: name,
    DeliveryStreamType: "DirectPut",
    ExtendedS3DestinationConfiguration: {
      BucketARN: `arn:aws:s3:::${name}`,
      RoleARN: `arn:aws:iam::${accountId}:role/${name}`,
    },
  });
}
