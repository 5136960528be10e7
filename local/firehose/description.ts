/**
 * A delivery stream as data: what startFirehose needs to know about it, and what DescribeDeliveryStream and
 * ListDeliveryStreams report.
 */

import type { Column } from "../duckdb/parquet.ts";
import { AwsError } from "../endpoint/aws-error.ts";

export type StreamDescription = {
  name: string;
  arn: string;
  bucket: string;
  /** For instance `events/dt=!{partitionKeyFromLambda:dt}/`. */
  prefix: string;
  /** For instance `errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/`. */
  errorPrefix: string;
  timeZone: string;
  dynamicPartitioning: boolean;
  processor?: {
    functionName: string;
    bufferSizeInMBs: number;
    bufferIntervalInSeconds: number;
    numberOfRetries: number;
  };
  /** The destination's buffer. */
  lake: { sizeInMBs: number; intervalInSeconds: number };
  /** Columns of the Glue table that records are converted to. */
  columns: readonly Column[];
  /** The table itself, for error lines of the conversion. */
  table?: { databaseName: string; tableName: string };
  /** Throttling; without limits, a stream takes as much as the disk does. */
  limits?: StreamLimits;
};

/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html: all three apply at once. */
export type StreamLimits = { recordsPerSecond?: number; requestsPerSecond?: number; bytesPerSecond?: number };

/** DescribeDeliveryStream's answer, as far as the description contains it. */
export function describeStream(stream: StreamDescription, createdAt: number): object {
  return {
    DeliveryStreamDescription: {
      DeliveryStreamName: stream.name,
      DeliveryStreamARN: stream.arn,
      DeliveryStreamStatus: "ACTIVE",
      DeliveryStreamType: "DirectPut",
      VersionId: "1",
      CreateTimestamp: createdAt / 1000,
      Destinations: [
        { DestinationId: "destinationId-000000000001", ExtendedS3DestinationDescription: describeS3(stream) },
      ],
      HasMoreDestinations: false,
    },
  };
}

/** A page of ListDeliveryStreams: names in order, after `ExclusiveStartDeliveryStreamName`, at most `Limit` (10). */
export function listStreams(names: readonly string[], input: Record<string, unknown>): object {
  const {
    Limit: limit = 10,
    ExclusiveStartDeliveryStreamName: after = "",
    DeliveryStreamType: type = "DirectPut",
  } = input;
  if (typeof limit !== "number" || limit < 1 || limit > 10_000)
    throw invalid("limit", "Member must be between 1 and 10000");
  if (typeof after !== "string") throw invalid("exclusiveStartDeliveryStreamName", "Member must be a string");
  const rest = type === "DirectPut" ? [...names].sort().filter((name) => name > after) : [];
  return { DeliveryStreamNames: rest.slice(0, limit), HasMoreDeliveryStreams: rest.length > limit };
}

export function regionOf(stream: StreamDescription): string {
  return stream.arn.split(":")[3] ?? "";
}

export function accountOf(stream: StreamDescription): string {
  return stream.arn.split(":")[4] ?? "";
}

export function functionArn(stream: StreamDescription, functionName: string): string {
  return `arn:aws:lambda:${regionOf(stream)}:${accountOf(stream)}:function:${functionName}`;
}

function describeS3(stream: StreamDescription): object {
  return {
    BucketARN: `arn:aws:s3:::${stream.bucket}`,
    Prefix: stream.prefix,
    ErrorOutputPrefix: stream.errorPrefix,
    BufferingHints: { SizeInMBs: stream.lake.sizeInMBs, IntervalInSeconds: stream.lake.intervalInSeconds },
    CompressionFormat: "UNCOMPRESSED",
    CustomTimeZone: stream.timeZone,
    DynamicPartitioningConfiguration: { Enabled: stream.dynamicPartitioning },
    ProcessingConfiguration: describeProcessor(stream),
    DataFormatConversionConfiguration: { Enabled: true },
  };
}

function describeProcessor(stream: StreamDescription): object {
  const { processor } = stream;
  if (!processor) return { Enabled: false, Processors: [] };
  const parameters = {
    LambdaArn: functionArn(stream, processor.functionName),
    BufferSizeInMBs: String(processor.bufferSizeInMBs),
    BufferIntervalInSeconds: String(processor.bufferIntervalInSeconds),
    NumberOfRetries: String(processor.numberOfRetries),
  };
  const list = Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({ ParameterName, ParameterValue }));
  return { Enabled: true, Processors: [{ Type: "Lambda", Parameters: list }] };
}

function invalid(member: string, constraint: string): AwsError {
  const text = `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`;
  return new AwsError("ValidationException", text);
}
