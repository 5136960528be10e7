/**
 * The delivery streams: N for events (parameter `eventStreams`), one for what collect rejected. Each hands its records
 * to the stream function, which returns the day of each; Firehose converts them to Parquet and stores them under that
 * day. Dynamic partitioning can only be turned on when a stream is created, so changing it needs a new name.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
 */
import { vendedStream } from "../cloudfront-logs.js";

/** @returns {Promise<object>} The `Resources` of the streams and of their logs. */
export async function template(context) {
  const settings = { ...(await readSettings(context)), vended: await vendedStream(context) };
  return {
    Resources: {
      DeliveryLogGroup: {
        Type: "AWS::Logs::LogGroup",
        Properties: {
          LogGroupName: `/aws/kinesisfirehose/${settings.prefix}`,
          RetentionInDays: Number(settings.logRetentionDays),
        },
      },
      ...Object.assign({}, ...streamsOf(settings).map((stream) => resources(stream, settings))),
    },
  };
}

/** The names of the events streams, joined by commas, as collect reads them from its environment. */
export async function eventsStreamNames(context) {
  return { "Fn::Join": [",", eventsStreams(await readSettings(context)).map(({ id }) => ({ Ref: id }))] };
}

/** @returns {Promise<object[]>} The ARNs of all streams, for collect's role. */
export async function streamArns(context) {
  return streamsOf(await readSettings(context)).map(({ id }) => ({ "Fn::GetAtt": [id, "Arn"] }));
}

/** @returns {Promise<{ id: string, name: string, table: string, tableId: string }[]>} All streams of the stage. */
export async function deliveryStreams(context) {
  return streamsOf(await readSettings(context));
}

async function readSettings({ resolveVariable }) {
  const params = [
    "timezone",
    "eventStreams",
    "streamBufferSeconds",
    "streamBufferMBs",
    "lakeBufferSeconds",
    "lakeBufferMBs",
    "logRetentionDays",
  ];
  const values = await Promise.all(params.map((name) => resolveVariable(`param:${name}`)));
  const [service, stage] = await Promise.all(["self:service", "sls:stage"].map((name) => resolveVariable(name)));
  return { ...Object.fromEntries(params.map((name, i) => [name, values[i]])), prefix: `${service}-${stage}` };
}

function streamsOf(settings) {
  const rejected = {
    id: "RejectedStream",
    name: `${settings.prefix}-rejected`,
    table: "rejected",
    tableId: "RejectedTable",
  };
  return [...eventsStreams(settings), rejected];
}

function eventsStreams({ prefix, eventStreams }) {
  return Array.from({ length: Number(eventStreams) }, (_, i) => ({
    id: `EventsStream${i}`,
    name: `${prefix}-events-${i}`,
    table: "events",
    tableId: "EventsTable",
  }));
}

function resources(stream, settings) {
  const log = {
    Type: "AWS::Logs::LogStream",
    Properties: { LogGroupName: { Ref: "DeliveryLogGroup" }, LogStreamName: stream.name },
  };
  return { [`${stream.id}Log`]: log, [stream.id]: deliveryStream(stream, settings) };
}

function deliveryStream({ id, name, table, tableId }, settings) {
  return {
    Type: "AWS::KinesisFirehose::DeliveryStream",
    // The table and the role's permissions are checked while the stream is being created; nothing below refers to the
    // policy.
    DependsOn: [tableId, "DeliveryPolicy", `${id}Log`],
    Properties: {
      DeliveryStreamName: name,
      DeliveryStreamType: "DirectPut",
      // Lets AWS' own role put logs on it, and on no other stream.
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-Firehose.html
      ...(settings.vended === id && { Tags: [{ Key: "LogDeliveryEnabled", Value: "true" }] }),
      DeliveryStreamEncryptionConfigurationInput: { KeyType: "AWS_OWNED_CMK" },
      ExtendedS3DestinationConfiguration: {
        BucketARN: { "Fn::GetAtt": ["LakeBucket", "Arn"] },
        RoleARN: { "Fn::GetAtt": ["DeliveryRole", "Arn"] },
        Prefix: `${table}/dt=!{partitionKeyFromLambda:dt}/`,
        ErrorOutputPrefix: `errors/${table}/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/`,
        CustomTimeZone: acceptedZone(settings.timezone),
        FileExtension: ".parquet",
        BufferingHints: {
          SizeInMBs: Number(settings.lakeBufferMBs),
          IntervalInSeconds: Number(settings.lakeBufferSeconds),
        },
        CompressionFormat: "UNCOMPRESSED",
        EncryptionConfiguration: { NoEncryptionConfig: "NoEncryption" },
        S3BackupMode: "Disabled",
        CloudWatchLoggingOptions: { Enabled: true, LogGroupName: { Ref: "DeliveryLogGroup" }, LogStreamName: name },
        DynamicPartitioningConfiguration: { Enabled: true, RetryOptions: { DurationInSeconds: 300 } },
        ProcessingConfiguration: { Enabled: true, Processors: [processor(settings)] },
        DataFormatConversionConfiguration: conversion(tableId),
      },
    },
  };
}

// Every value is a string. https://docs.aws.amazon.com/firehose/latest/APIReference/API_ProcessorParameter.html
function processor({ streamBufferMBs, streamBufferSeconds }) {
  const parameters = {
    LambdaArn: { "Fn::GetAtt": ["StreamLambdaFunction", "Arn"] },
    RoleArn: { "Fn::GetAtt": ["DeliveryRole", "Arn"] },
    NumberOfRetries: "10",
    BufferSizeInMBs: String(streamBufferMBs),
    BufferIntervalInSeconds: String(streamBufferSeconds),
  };
  return {
    Type: "Lambda",
    Parameters: Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
      ParameterName,
      ParameterValue,
    })),
  };
}

function conversion(tableId) {
  return {
    Enabled: true,
    SchemaConfiguration: {
      CatalogId: { Ref: "AWS::AccountId" },
      DatabaseName: { Ref: "Database" },
      TableName: { Ref: tableId },
      Region: { Ref: "AWS::Region" },
      RoleARN: { "Fn::GetAtt": ["DeliveryRole", "Arn"] },
      VersionId: "LATEST",
    },
    // By default, CaseInsensitive lower-cases keys at every depth, including those inside `properties`.
    InputFormatConfiguration: {
      Deserializer: { OpenXJsonSerDe: { CaseInsensitive: false, ConvertDotsInJsonKeysToUnderscores: false } },
    },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: "SNAPPY", WriterVersion: "V1" } } },
  };
}

// Firehose accepts no zone with a digit or a sign; it only dates the names of files and errors, so UTC is just as good.
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html
function acceptedZone(timezone) {
  return /^[a-zA-Z/_]{1,50}$/.test(timezone) ? timezone : "UTC";
}
