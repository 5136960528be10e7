/**
 * Reads the compiled CloudFormation template of a stage and describes, in simple terms, what it declares; local/main.ts
 * then starts that. Nothing is configured twice: a route, a buffer size or an environment variable comes from
 * serverless.yml.
 */
import { z } from "zod";
import type { TableDescription } from "../dynamodb/service.ts";
import type { StreamDescription } from "../firehose/description.ts";
import { tableInput, toTable } from "../glue/added-tables.ts";
import type { GlueTable } from "../glue/catalog.ts";
import type { SecretDescription } from "../secrets-manager/stored-secrets.ts";
import { type Account, createResolver, type Resolver, type Resource, templateSchema } from "./resolver.ts";
import { checkTypes } from "./resource-types.ts";

export type Route = { method: string; path: string; functionName: string };
export type Cors = {
  allowOrigins: string[];
  allowMethods: string[];
  allowHeaders: string[];
  exposeHeaders: string[];
  maxAge: number;
};
export type Api = {
  routes: Route[];
  cors: Cors | undefined;
  throttle: { rate: number; burst: number } | undefined;
  timeoutMs: number;
};
export type LambdaFunction = {
  /** The name in serverless.yml; `name` is the deployed one. */
  key: string;
  name: string;
  arn: string;
  /** `src/handlers/collect.handler`: module and export inside the bundle. */
  handler: string;
  memoryMB: number;
  timeoutSeconds: number;
  environment: Record<string, string>;
};
export type Workgroup = { name: string; outputLocation: string; bytesScannedCutoff: number | undefined };
export type Schedule = {
  name: string;
  expression: string;
  timeZone: string;
  functionName: string;
  input: unknown;
  maximumRetryAttempts: number;
};
export type Stage = Account & {
  api: Api;
  functions: LambdaFunction[];
  deliveryStreams: StreamDescription[];
  tables: TableDescription[];
  glueTables: GlueTable[];
  workgroups: Workgroup[];
  schedules: Schedule[];
  buckets: string[];
  secrets: SecretDescription[];
};

/** What `template` (the parsed cloudformation-template-update-stack.json) declares, with everything resolved. */
export function describeStage(template: unknown, account: Account): Stage {
  const parsed = templateSchema.parse(template);
  checkTypes(parsed);
  const resolve = createResolver(parsed, account);
  const of = <T extends z.ZodType>(type: string, schema: T): Entry<z.output<T>>[] =>
    Object.entries(parsed.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => ({ id, properties: read(type, id, resource, schema, resolve) }));

  const functions = of("AWS::Lambda::Function", functionSchema).map(({ id, properties }) =>
    describeFunction(properties, String(resolve({ "Fn::GetAtt": [id, "Arn"] }))),
  );
  const glueTables = of("AWS::Glue::Table", glueTableSchema).map(({ properties: { DatabaseName, TableInput } }) =>
    toTable(DatabaseName, TableInput),
  );
  const functionByArn = (arn: string): string => named(functions, arn).name;

  return {
    ...account,
    functions,
    glueTables,
    api: describeApi(of, functionByArn),
    deliveryStreams: of("AWS::KinesisFirehose::DeliveryStream", deliveryStreamSchema).map(({ id, properties }) =>
      describeStream(properties, String(resolve({ "Fn::GetAtt": [id, "Arn"] })), { glueTables, functionByArn }),
    ),
    tables: of("AWS::DynamoDB::Table", tableSchema).map(({ properties }) => properties),
    workgroups: of("AWS::Athena::WorkGroup", workgroupSchema).map(({ properties }) => ({
      name: properties.Name,
      outputLocation: properties.WorkGroupConfiguration.ResultConfiguration.OutputLocation,
      bytesScannedCutoff: properties.WorkGroupConfiguration.BytesScannedCutoffPerQuery,
    })),
    schedules: of("AWS::Scheduler::Schedule", scheduleSchema).map(({ properties }) => ({
      name: properties.Name,
      expression: properties.ScheduleExpression,
      timeZone: properties.ScheduleExpressionTimezone,
      functionName: functionByArn(properties.Target.Arn),
      input: JSON.parse(properties.Target.Input),
      maximumRetryAttempts: properties.Target.RetryPolicy.MaximumRetryAttempts,
    })),
    buckets: of("AWS::S3::Bucket", z.object({ BucketName: z.string().optional() })).flatMap(
      ({ properties }) => properties.BucketName ?? [],
    ),
    secrets: of("AWS::SecretsManager::Secret", secretSchema).map(({ id, properties }) =>
      describeSecret(properties, String(resolve({ Ref: id }))),
    ),
  };
}

type Entry<T> = { id: string; properties: T };
type Of = <T extends z.ZodType>(type: string, schema: T) => Entry<z.output<T>>[];

function read<T extends z.ZodType>(
  type: string,
  id: string,
  resource: Resource,
  schema: T,
  resolve: Resolver,
): z.output<T> {
  // Only the part that is read is resolved: everything except `Code` and `Role`, which lead to the deployment bucket
  // and to IAM. Other parts may use functions that this resolver does not know.
  const { Role: _, ...properties } = resource.Properties;
  const result = schema.safeParse(resolve(properties));
  if (result.success) return result.data;
  throw new Error(`Cannot read ${type} ${id}: ${z.prettifyError(result.error)}`, { cause: result.error });
}

function named<T extends { arn: string }>(items: T[], arn: string): T {
  const found = items.find((item) => item.arn === arn);
  if (!found) throw new Error(`Cannot find ${arn} in the template`);
  return found;
}

const functionSchema = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  MemorySize: z.number(),
  Timeout: z.number(),
  Code: z.object({ S3Key: z.string() }),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }).default({ Variables: {} }),
});

function describeFunction(properties: z.output<typeof functionSchema>, arn: string): LambdaFunction {
  return {
    key: properties.Code.S3Key.replace(/^.*\//, "").replace(/\.zip$/, ""),
    name: properties.FunctionName,
    arn,
    handler: properties.Handler,
    memoryMB: properties.MemorySize,
    timeoutSeconds: properties.Timeout,
    environment: properties.Environment.Variables,
  };
}

const apiSchema = z.object({
  CorsConfiguration: z
    .object({
      AllowOrigins: z.array(z.string()).default([]),
      AllowMethods: z.array(z.string()).default([]),
      AllowHeaders: z.array(z.string()).default([]),
      ExposeHeaders: z.array(z.string()).default([]),
      MaxAge: z.number().default(0),
    })
    .optional(),
});
const stageSchema = z.object({
  DefaultRouteSettings: z
    .object({ ThrottlingRateLimit: z.coerce.number(), ThrottlingBurstLimit: z.coerce.number() })
    .optional(),
});
const integrationSchema = z.object({ IntegrationUri: z.string(), TimeoutInMillis: z.number().default(30_000) });
const routeSchema = z.object({ RouteKey: z.string(), Target: z.string() });

function describeApi(of: Of, functionByArn: (arn: string) => string): Api {
  const integrations = new Map(
    of("AWS::ApiGatewayV2::Integration", integrationSchema).map(({ id, properties }) => [id, properties]),
  );
  const cors = of("AWS::ApiGatewayV2::Api", apiSchema)[0]?.properties.CorsConfiguration;
  const settings = of("AWS::ApiGatewayV2::Stage", stageSchema)[0]?.properties.DefaultRouteSettings;
  return {
    routes: of("AWS::ApiGatewayV2::Route", routeSchema).map(({ properties: { RouteKey, Target } }) => {
      const [method = "", path = ""] = RouteKey.split(" ");
      const integration = integrations.get(Target.replace(/^integrations\//, ""));
      if (!integration) throw new Error(`Cannot find the integration of route ${RouteKey}`);
      return { method, path, functionName: functionByArn(integration.IntegrationUri) };
    }),
    cors: cors && {
      allowOrigins: cors.AllowOrigins,
      allowMethods: cors.AllowMethods,
      allowHeaders: cors.AllowHeaders,
      exposeHeaders: cors.ExposeHeaders,
      maxAge: cors.MaxAge,
    },
    throttle: settings && { rate: settings.ThrottlingRateLimit, burst: settings.ThrottlingBurstLimit },
    timeoutMs: Math.min(...[...integrations.values()].map(({ TimeoutInMillis }) => TimeoutInMillis)),
  };
}

const glueTableSchema = z.object({ DatabaseName: z.string(), TableInput: tableInput });

const processorSchema = z.object({
  LambdaArn: z.string(),
  BufferSizeInMBs: z.coerce.number().default(1),
  BufferIntervalInSeconds: z.coerce.number().default(60),
  NumberOfRetries: z.coerce.number().default(3),
});
const deliveryStreamSchema = z.object({
  DeliveryStreamName: z.string(),
  ExtendedS3DestinationConfiguration: z.object({
    BucketARN: z.string(),
    Prefix: z.string(),
    ErrorOutputPrefix: z.string(),
    CustomTimeZone: z.string().default("UTC"),
    BufferingHints: z.object({ SizeInMBs: z.number(), IntervalInSeconds: z.number() }),
    DynamicPartitioningConfiguration: z.object({ Enabled: z.boolean() }).default({ Enabled: false }),
    ProcessingConfiguration: z
      .object({
        Enabled: z.boolean(),
        Processors: z.array(
          z.object({
            Type: z.literal("Lambda"),
            Parameters: z.array(z.object({ ParameterName: z.string(), ParameterValue: z.string() })),
          }),
        ),
      })
      .optional(),
    DataFormatConversionConfiguration: z.object({
      SchemaConfiguration: z.object({ DatabaseName: z.string(), TableName: z.string() }),
    }),
  }),
});

function describeStream(
  { DeliveryStreamName, ExtendedS3DestinationConfiguration: s3 }: z.output<typeof deliveryStreamSchema>,
  arn: string,
  { glueTables, functionByArn }: { glueTables: GlueTable[]; functionByArn: (arn: string) => string },
): StreamDescription {
  const { DatabaseName, TableName } = s3.DataFormatConversionConfiguration.SchemaConfiguration;
  const table = glueTables.find(({ database, name }) => database === DatabaseName && name === TableName);
  if (!table) throw new Error(`Cannot find the table ${DatabaseName}.${TableName} of stream ${DeliveryStreamName}`);
  const processor = describeProcessor(s3.ProcessingConfiguration, functionByArn);
  return {
    name: DeliveryStreamName,
    arn,
    bucket: s3.BucketARN.replace("arn:aws:s3:::", ""),
    prefix: s3.Prefix,
    errorPrefix: s3.ErrorOutputPrefix,
    timeZone: s3.CustomTimeZone,
    dynamicPartitioning: s3.DynamicPartitioningConfiguration.Enabled,
    ...(processor && { processor }),
    lake: { sizeInMBs: s3.BufferingHints.SizeInMBs, intervalInSeconds: s3.BufferingHints.IntervalInSeconds },
    columns: table.columns,
    table: { databaseName: DatabaseName, tableName: TableName },
  };
}

function describeProcessor(
  processing: z.output<typeof deliveryStreamSchema>["ExtendedS3DestinationConfiguration"]["ProcessingConfiguration"],
  functionByArn: (arn: string) => string,
): StreamDescription["processor"] {
  const list = processing?.Enabled ? processing.Processors[0]?.Parameters : undefined;
  if (!list) return undefined;
  const values = Object.fromEntries(list.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue]));
  const parameters = processorSchema.parse(values);
  return {
    functionName: functionByArn(parameters.LambdaArn),
    bufferSizeInMBs: parameters.BufferSizeInMBs,
    bufferIntervalInSeconds: parameters.BufferIntervalInSeconds,
    numberOfRetries: parameters.NumberOfRetries,
  };
}

const tableSchema = z.object({
  TableName: z.string(),
  KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(["HASH", "RANGE"]) })),
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(["S", "N", "B"]) })),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }).exactOptional(),
});
const workgroupSchema = z.object({
  Name: z.string(),
  WorkGroupConfiguration: z.object({
    BytesScannedCutoffPerQuery: z.coerce.number().optional(),
    ResultConfiguration: z.object({ OutputLocation: z.string() }),
  }),
});
const scheduleSchema = z.object({
  Name: z.string(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default("UTC"),
  Target: z.object({
    Arn: z.string(),
    Input: z.string().default("{}"),
    RetryPolicy: z.object({ MaximumRetryAttempts: z.number() }).default({ MaximumRetryAttempts: 185 }),
  }),
});

const secretSchema = z.object({
  Name: z.string(),
  Description: z.string().default(""),
  SecretString: z.string().optional(),
  GenerateSecretString: z.object({ PasswordLength: z.number().default(32) }).optional(),
});

function describeSecret(
  { Name, Description, SecretString, GenerateSecretString }: z.output<typeof secretSchema>,
  arn: string,
): SecretDescription {
  const secret = { name: Name, arn, description: Description };
  return SecretString === undefined
    ? { ...secret, length: GenerateSecretString?.PasswordLength ?? 32 }
    : { ...secret, value: SecretString };
}
