/**
 * What somebody must look at: events that do not arrive, numbers that are late or wrong, a batch that fails, callers
 * that are refused. Alarms go to a topic; the parameter `alarmEmail` subscribes an address to it. An alarm costs USD
 * 0.10 a month.
 */

import { deliveryStreams } from "../data/delivery-streams.js";
import { alarmTopic } from "./alarm-topic.js";

/** @returns {Promise<object>} The `Resources` of the topic and the alarms. */
export async function template(context) {
  const prefix = await stackPrefix(context);
  const all = await alarms(context);
  return {
    Resources: {
      ...(await alarmTopic(context, prefix)),
      ...Object.fromEntries(all.map(({ id, ...alarm }) => [id, resource(`${prefix}-${id}`, alarm)])),
    },
  };
}

/** @returns {Promise<string[]>} The ids of all alarms, for the dashboard. */
export async function alarmIds(context) {
  return (await alarms(context)).map(({ id }) => id);
}

/**
 * @returns {Promise<string>} `daymark-prod`: the prefix of a stage's names, and the dimension `service` of its own
 * metrics.
 */
export async function stackPrefix({ resolveVariable }) {
  return (await Promise.all(["self:service", "sls:stage"].map((name) => resolveVariable(name)))).join("-");
}

async function alarms(context) {
  const { resolveVariable } = context;
  const prefix = await stackPrefix(context);
  const [lakeBufferSeconds, logs, groups, buckets, cluster, snapshots, streamSeconds] = await Promise.all([
    ...["lakeBufferSeconds", "logs", "logGroups", "logBuckets", "kafkaCluster", "snapshots"].map((name) =>
      resolveVariable(`param:${name}`),
    ),
    resolveVariable("self:functions.stream.timeout"),
  ]);
  const streams = await deliveryStreams(context);
  return [
    ...ownAlarms(prefix),
    ...functionAlarms(prefix, Number(streamSeconds) * 1000),
    ...(logs === "on" ? logsAlarms(prefix) : []),
    ...([groups, buckets, snapshots].every((value) => value === "none") ? [] : [sourceFailuresAlarm(prefix)]),
    ...(snapshots === "none" ? [] : snapshotAlarms(prefix)),
    ...(cluster === "none" ? [] : [kafkaAlarm(prefix)]),
    ...apiAlarms(),
    ...tableAlarms(prefix),
    ...streams.flatMap((stream) => streamAlarms(stream, Number(lakeBufferSeconds))),
  ];
}

/** Alarms on what the functions themselves report in their log lines (src/log.ts). */
function ownAlarms(prefix) {
  const descriptions = {
    IncompleteDay: "A day was sealed though the lake held fewer rows than the stream had seen",
    Drift: "The live numbers of a day and its rollup were not the same when it was sealed",
    ValuesBounded: "A day had more values of a breakdown than are kept apart while it is counted: /v1/status names it",
    RejectedNotKept: "Rejected events could not be kept; their senders were told, but the raw text is gone",
    UnreadableRecords: "The stream could not read records; they are kept under errors/, and counted nowhere",
    QueryFailed: "Questions about sealed days fail in Athena and are answered 502; the log of query says why",
    SecretNotRead: "A function cannot read its secret; it uses the last known one for 12 hours, then answers 503",
    FoldFailed: "For a quarter of an hour blocks of days could not be folded: totals stay right, questions get slower",
  };
  // The next batch makes up for a fold that was throttled once.
  const periods = { FoldFailed: 3 };
  return Object.entries(descriptions).map(([name, description]) => ({
    id: `${name}Alarm`,
    description,
    metric: ["Daymark", name, { service: prefix }],
    periods: periods[name] ?? 1,
  }));
}

function functionAlarms(prefix, streamTimeoutMs) {
  const of = (key, metric) => ["AWS/Lambda", metric, { FunctionName: `${prefix}-${key}` }];
  return [
    {
      id: "BatchFailuresAlarm",
      description: "A batch run failed for good; its input waits in the queue",
      metric: ["AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: `${prefix}-batch-failures` }],
      statistic: "Maximum",
    },
    {
      id: "BatchErrorsAlarm",
      description: "The batch failed three hours in a row; days stay unsealed, totals stay right",
      metric: of("batch", "Errors"),
      period: 3600,
      periods: 3,
    },
    {
      id: "CollectErrorsAlarm",
      description: "Callers get a 500: collect itself fails",
      metric: of("collect", "Errors"),
    },
    {
      id: "CollectThrottlesAlarm",
      description: "Requests with events are refused with 503: raise the account's limit on concurrent functions",
      metric: of("collect", "Throttles"),
    },
    { id: "QueryErrorsAlarm", description: "Callers get a 500: query itself fails", metric: of("query", "Errors") },
    {
      id: "StreamErrorsAlarm",
      description: "Counting fails for ten minutes. Firehose tries again for a while; then events are left in errors/",
      metric: of("stream", "Errors"),
      periods: 2,
    },
    {
      id: "StreamThrottlesAlarm",
      description: "Firehose cannot call the stream function for ten minutes: raise the limit on concurrent functions",
      metric: of("stream", "Throttles"),
      periods: 2,
    },
    {
      id: "StreamSlowAlarm",
      description: "Counting a batch takes nearly as long as it may: lower streamBufferMBs, or give it more memory",
      metric: of("stream", "Duration"),
      statistic: "Maximum",
      threshold: 0.75 * streamTimeoutMs,
    },
  ];
}

function logsAlarms(prefix) {
  const of = (metric) => ["AWS/Lambda", metric, { FunctionName: `${prefix}-logs` }];
  return [
    { id: "LogsErrorsAlarm", description: "Shippers get a 500: the logs function itself fails", metric: of("Errors") },
    {
      id: "LogsThrottlesAlarm",
      description: "Shippers are refused with 503: raise the account's limit on concurrent functions",
      metric: of("Throttles"),
    },
  ];
}

function sourceFailuresAlarm(prefix) {
  return {
    id: "SourceFailuresAlarm",
    description:
      "A log group, a bucket or a snapshot failed for good; what its function was invoked with waits in the queue",
    metric: ["AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: `${prefix}-source-failures` }],
    statistic: "Maximum",
  };
}

function snapshotAlarms(prefix) {
  return [
    {
      id: "SnapshotFailedAlarm",
      description: "A snapshot of a database failed, and is tried again; the one before it stays. /v1/status says why",
      metric: ["Daymark", "SnapshotFailed", { service: prefix }],
    },
    {
      id: "SnapshotEmptiedAlarm",
      description: "A table that had rows in the snapshot before has none; the log of the function names it",
      metric: ["Daymark", "SnapshotEmptied", { service: prefix }],
    },
  ];
}

function kafkaAlarm(prefix) {
  return {
    id: "KafkaErrorsAlarm",
    description:
      "For a quarter of an hour records of Kafka cannot be taken; they are offered again while Kafka keeps them",
    metric: ["AWS/Lambda", "Errors", { FunctionName: `${prefix}-kafka` }],
    periods: 3,
  };
}

function apiAlarms() {
  const events = { ApiId: { Ref: "HttpApi" }, Stage: "$default", Method: "POST", Resource: "/v1/events" };
  return [
    {
      id: "ApiErrorsAlarm",
      description: "The API answers 5xx: the logs of collect and query say why, and the access log if it is on",
      metric: ["AWS/ApiGateway", "5xx", { ApiId: { Ref: "HttpApi" } }],
      threshold: 5,
    },
    {
      id: "ApiSlowAlarm",
      description: "Of a hundred requests with events one waits for more than 3 seconds, for a quarter of an hour",
      metric: ["AWS/ApiGateway", "Latency", events],
      statistic: "p99",
      threshold: 3000,
      periods: 3,
    },
  ];
}

function tableAlarms(prefix) {
  return ["Read", "Write"].map((kind) => ({
    id: `Table${kind}ThrottlesAlarm`,
    description: `DynamoDB refuses ${kind.toLowerCase()}s for ten minutes: a hot partition, or more than the account's limit`,
    metric: ["AWS/DynamoDB", `${kind}ThrottleEvents`, { TableName: prefix }],
    periods: 2,
  }));
}

function streamAlarms({ id, name }, lakeBufferSeconds) {
  const of = (metric) => ["AWS/Firehose", metric, { DeliveryStreamName: name }];
  return [
    {
      id: `${id}StaleAlarm`,
      description: "The oldest event not yet in the lake is older than three delivery intervals and ten minutes",
      metric: of("DeliveryToS3.DataFreshness"),
      statistic: "Maximum",
      threshold: 3 * lakeBufferSeconds + 600,
    },
    {
      id: `${id}ThrottledAlarm`,
      description: "Firehose refuses records for a quarter of an hour: raise the quota or the parameter eventStreams",
      metric: of("ThrottledRecords"),
      periods: 3,
    },
    {
      id: `${id}UnprocessedAlarm`,
      description:
        "For a quarter of an hour Firehose's calls of the stream function fail; what runs out of tries is in errors/",
      metric: of("ExecuteProcessing.Success"),
      statistic: "Average",
      comparison: "LessThanThreshold",
      threshold: 1,
      periods: 3,
    },
    {
      id: `${id}PartitionsAlarm`,
      description:
        "Events of more days at once than Firehose keeps apart (500); the rest is under errors/, and must be sent again",
      metric: of("PartitionCountExceeded"),
      statistic: "Maximum",
    },
    {
      id: `${id}UnconvertedAlarm`,
      description: "Records do not fit the table; they are kept under errors/",
      metric: of("FailedConversion.Records"),
    },
  ];
}

function resource(name, { description, metric, threshold = 0, period = 300, periods = 1, ...how }) {
  const [namespace, metricName, dimensions] = metric;
  const { statistic = "Sum", comparison = "GreaterThanThreshold" } = how;
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      AlarmName: name,
      AlarmDescription: description,
      Namespace: namespace,
      MetricName: metricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      ...(/^p\d/.test(statistic) ? { ExtendedStatistic: statistic } : { Statistic: statistic }),
      ComparisonOperator: comparison,
      Threshold: threshold,
      Period: period,
      EvaluationPeriods: periods,
      TreatMissingData: "notBreaching",
      AlarmActions: [{ Ref: "AlarmTopic" }],
      OKActions: [{ Ref: "AlarmTopic" }],
    },
  };
}
