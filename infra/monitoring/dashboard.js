// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation fills these in
/**
 * The CloudWatch dashboard of a stage: what comes in, how fast it is answered and counted, when it is in the lake, what
 * fails or is refused, and what the bill consists of. Three dashboards per account are free.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */

import { deliveryStreams } from "../data/delivery-streams.js";
import { alarmIds, stackPrefix } from "./alarms.js";

const WIDTH = 8;
const HEIGHT = 6;
const COLUMNS = 24 / WIDTH;
const functions = ["collect", "stream", "query", "batch"];
const eventsRoute = ["ApiId", "${HttpApi}", "Stage", "$default", "Method", "POST", "Resource", "/v1/events"];

/**
 * @returns {Promise<object>} The `Resources` with the dashboard, or without one if the parameter `dashboard` is off.
 */
export async function template(context) {
  if (String(await context.resolveVariable("param:dashboard")) !== "true") return { Resources: {} };
  const prefix = await stackPrefix(context);
  const streams = (await deliveryStreams(context)).map(({ name }) => name);
  const graphs = [
    ...traffic(prefix),
    ...delivery(prefix, streams),
    ...trouble(prefix, streams),
    ...costs(prefix, streams),
  ];
  const widgets = [alarmsWidget(await alarmIds(context)), ...graphs.map(toWidget), errorsWidget(prefix, graphs.length)];
  // CloudFormation fills in everything in ${…}; JSON itself has no such syntax.
  const DashboardBody = { "Fn::Sub": JSON.stringify({ widgets }) };
  return {
    Resources: {
      Dashboard: { Type: "AWS::CloudWatch::Dashboard", Properties: { DashboardName: prefix, DashboardBody } },
    },
  };
}

function traffic(service) {
  const api = (name, label) => ["AWS/ApiGateway", name, "ApiId", "${HttpApi}", { label, stat: "Sum" }];
  return [
    graph("Requests", [api("Count", "all"), api("4xx", "4xx"), api("5xx", "5xx")]),
    graph("Rows counted", [["Daymark", "RowsCounted", "service", service, { label: "rows", stat: "Sum" }]]),
    graph("Latency of POST /v1/events, ms", [
      ["AWS/ApiGateway", "Latency", ...eventsRoute, { label: "half", stat: "p50" }],
      ["AWS/ApiGateway", "Latency", ...eventsRoute, { label: "99 %", stat: "p99" }],
    ]),
  ];
}

function delivery(prefix, streams) {
  const delay = (stat, label) => ["Daymark", "CountingDelay", "service", prefix, { label, stat }];
  return [
    graph("From arrival until counted, ms", [delay("p50", "half"), delay("Maximum", "longest")]),
    graph("Oldest event not yet in the lake, s", ofStreams(streams, "DeliveryToS3.DataFreshness", "Maximum")),
    graph("Days that Firehose keeps apart at once", ofStreams(streams, "PartitionCount", "Maximum")),
  ];
}

function trouble(prefix, streams) {
  const table = (kind) => [
    "AWS/DynamoDB",
    `${kind}ThrottleEvents`,
    "TableName",
    prefix,
    { label: `table, ${kind.toLowerCase()}s`, stat: "Sum" },
  ];
  return [
    graph("Errors of functions", ofFunctions(prefix, "Errors", "Sum")),
    graph("Refused: throttles", [
      ...ofFunctions(prefix, "Throttles", "Sum"),
      ...ofStreams(streams, "ThrottledRecords", "Sum"),
      table("Read"),
      table("Write"),
    ]),
    graph("Longest run of each function, ms", ofFunctions(prefix, "Duration", "Maximum")),
  ];
}

/** What is paid for, in the units of the bill. */
function costs(prefix, streams) {
  const capacity = (kind) => [
    "AWS/DynamoDB",
    `Consumed${kind}CapacityUnits`,
    "TableName",
    prefix,
    { label: `${kind.toLowerCase()}s`, stat: "Sum" },
  ];
  const scanned = `SEARCH('{AWS/Athena,QueryState,QueryType,WorkGroup} MetricName="ProcessedBytes" WorkGroup="${prefix}"', 'Sum')`;
  const logs = [
    "AWS/Logs",
    "IncomingBytes",
    "LogGroupName",
    `/aws/lambda/${prefix}-collect`,
    { label: "collect's log", stat: "Sum" },
  ];
  return [
    graph("DynamoDB, units", [capacity("Write"), capacity("Read")]),
    graph("Calls of functions", ofFunctions(prefix, "Invocations", "Sum")),
    graph("Bytes: Firehose, Athena, logs", [
      ...ofStreams(streams, "IncomingBytes", "Sum"),
      [{ expression: scanned, label: "Athena", id: "athena" }],
      logs,
    ]),
  ];
}

function ofFunctions(prefix, name, stat) {
  return functions.map((key) => ["AWS/Lambda", name, "FunctionName", `${prefix}-${key}`, { label: key, stat }]);
}

function ofStreams(streams, name, stat) {
  return streams.map((stream) => ["AWS/Firehose", name, "DeliveryStreamName", stream, { label: stream, stat }]);
}

function graph(title, metrics) {
  return { title, metrics, view: "timeSeries", region: "${AWS::Region}", period: 300, yAxis: { left: { min: 0 } } };
}

// Three in a row, below the alarms.
function toWidget(properties, index) {
  const place = {
    x: (index % COLUMNS) * WIDTH,
    y: 3 + Math.floor(index / COLUMNS) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
  };
  return { type: "metric", ...place, properties };
}

function alarmsWidget(ids) {
  const alarms = ids.map((id) => `\${${id}.Arn}`);
  return { type: "alarm", x: 0, y: 0, width: 24, height: 3, properties: { title: "Alarms", alarms } };
}

function errorsWidget(prefix, graphs) {
  const sources = functions.map((key) => `SOURCE '/aws/lambda/${prefix}-${key}'`).join(" | ");
  const wanted =
    "fields @timestamp, function_name, message, error.message, function_request_id | filter level = 'ERROR'";
  const query = `${sources} | ${wanted} | sort @timestamp desc | limit 50`;
  const y = 3 + Math.ceil(graphs / COLUMNS) * HEIGHT;
  const properties = { title: "Errors, newest first", region: "${AWS::Region}", query, view: "table" };
  return { type: "log", x: 0, y, width: 24, height: HEIGHT, properties };
}
