/**
 * What somebody must look at: events that do not arrive, days that are not complete, a batch that fails. Alarms go to a
 * topic; the parameter `alarmEmail` subscribes an address to it.
 */
import { deliveryStreams } from "./delivery-streams.js";

/** @returns {Promise<object>} The `Resources` of the topic and the alarms. */
export async function template(context) {
  const [service, stage, email, lakeBufferSeconds] = await Promise.all(
    ["self:service", "sls:stage", "param:alarmEmail", "param:lakeBufferSeconds"].map((v) => context.resolveVariable(v)),
  );
  const streams = await deliveryStreams(context);
  const prefix = `${service}-${stage}`;
  const all = [
    ...pipelineAlarms(prefix),
    ...streams.flatMap((stream) => streamAlarms(stream, Number(lakeBufferSeconds))),
  ];
  return {
    Resources: {
      AlarmTopic: { Type: "AWS::SNS::Topic", Properties: { TopicName: `${prefix}-alarms`, ...subscription(email) } },
      IncompleteDayMetric: logMetric(prefix, "batch", "IncompleteDay"),
      RejectedNotKeptMetric: logMetric(prefix, "collect", "RejectedNotKept"),
      ...Object.fromEntries(all.map(({ id, ...alarm }) => [id, resource(`${prefix}-${id}`, alarm)])),
    },
  };
}

function pipelineAlarms(prefix) {
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
      metric: ["AWS/Lambda", "Errors", { FunctionName: `${prefix}-batch` }],
      period: 3600,
      periods: 3,
    },
    {
      id: "IncompleteDayAlarm",
      description: "A day was sealed though the lake held fewer rows than the stream had seen",
      metric: [prefix, "IncompleteDay"],
    },
    {
      id: "RejectedNotKeptAlarm",
      description: "Rejected events could not be kept; their senders were told, but the raw text is gone",
      metric: [prefix, "RejectedNotKept"],
    },
    {
      id: "CollectErrorsAlarm",
      description: "Callers get a 500: collect itself fails",
      metric: ["AWS/Lambda", "Errors", { FunctionName: `${prefix}-collect` }],
    },
  ];
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
      id: `${id}UnconvertedAlarm`,
      description: "Records do not fit the table; they are kept under errors/",
      metric: of("FailedConversion.Records"),
    },
  ];
}

function resource(name, { description, metric, statistic = "Sum", threshold = 0, period = 300, periods = 1 }) {
  const [namespace, metricName, dimensions = {}] = metric;
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      AlarmName: name,
      AlarmDescription: description,
      Namespace: namespace,
      MetricName: metricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: statistic,
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: threshold,
      Period: period,
      EvaluationPeriods: periods,
      TreatMissingData: "notBreaching",
      AlarmActions: [{ Ref: "AlarmTopic" }],
      OKActions: [{ Ref: "AlarmTopic" }],
    },
  };
}

// A function says it in its log; a filter makes the metric, so that the function needs no right to write metrics, which
// could only be granted on every resource.
function logMetric(prefix, key, name) {
  return {
    Type: "AWS::Logs::MetricFilter",
    DependsOn: [`${key[0].toUpperCase()}${key.slice(1)}LogGroup`],
    Properties: {
      LogGroupName: `/aws/lambda/${prefix}-${key}`,
      FilterPattern: `{ $.metric = "${name}" }`,
      MetricTransformations: [{ MetricNamespace: prefix, MetricName: name, MetricValue: "1" }],
    },
  };
}

function subscription(email) {
  return email ? { Subscription: [{ Protocol: "email", Endpoint: email }] } : {};
}
