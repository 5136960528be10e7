/** The dashboard of a deployed stage: what it shows exists, and everything that belongs on it is there. */
import { beforeAll, describe, expect, test } from "vitest";
import { type CompiledTemplate, compiledTemplate, type Properties } from "../compiled-template.ts";

describe.each(["dev", "prod"])("the dashboard of stage %s", (stage) => {
  let template: CompiledTemplate;
  let widgets: Properties[];
  beforeAll(async () => {
    template = await compiledTemplate(stage);
    const body = template.one("Dashboard").Properties.DashboardBody["Fn::Sub"];
    widgets = JSON.parse(body.replace(/\$\{([\w:.]+)\}/g, "<$1>")).widgets;
  }, 300_000);

  const metrics = (): Properties[][] =>
    widgets.filter(({ type }) => type === "metric").flatMap(({ properties }) => properties.metrics);
  /** `Namespace Name` and its dimensions. */
  const shown = () =>
    metrics()
      .filter(([first]) => typeof first === "string")
      .map(([namespace, name, ...rest]) => ({ metric: `${namespace} ${name}`, of: rest.slice(0, -1) }));

  test.each([
    ["traffic", ["AWS/ApiGateway Count", "AWS/ApiGateway 4xx", "AWS/ApiGateway 5xx", "Daymark RowsCounted"]],
    ["latency", ["AWS/ApiGateway Latency", "AWS/Lambda Duration"]],
    ["lag", ["Daymark CountingDelay"]],
    ["freshness", ["AWS/Firehose DeliveryToS3.DataFreshness", "AWS/Firehose PartitionCount"]],
    ["errors", ["AWS/Lambda Errors"]],
    [
      "throttles",
      [
        "AWS/Lambda Throttles",
        "AWS/Firehose ThrottledRecords",
        "AWS/DynamoDB WriteThrottleEvents",
        "AWS/DynamoDB ReadThrottleEvents",
      ],
    ],
    [
      "what is paid for",
      [
        "AWS/DynamoDB ConsumedWriteCapacityUnits",
        "AWS/Lambda Invocations",
        "AWS/Firehose IncomingBytes",
        "AWS/Logs IncomingBytes",
      ],
    ],
  ])("shows %s", (_, wanted) => {
    expect(shown().map(({ metric }) => metric)).toEqual(expect.arrayContaining(wanted));
    expect(JSON.stringify(metrics())).toContain("ProcessedBytes");
  });

  test("shows what there is: every name that it gives belongs to a resource", () => {
    const names = new Set(
      template.all.flatMap(({ Properties: p }) => [
        p?.FunctionName,
        p?.DeliveryStreamName,
        p?.TableName,
        p?.LogGroupName,
      ]),
    );
    const routes = template.of("AWS::ApiGatewayV2::Route").map((r) => r.Properties.RouteKey);
    const strange = shown().filter(({ of }) => {
      const [first, value, , , , method, , path] = of;
      if (first === "ApiId") return value !== "<HttpApi>" || (of.length > 2 && !routes.includes(`${method} ${path}`));
      return first === "service" ? value !== `daymark-${stage}` : !names.has(value);
    });
    expect(strange).toEqual([]);
  });

  test("shows every alarm", () => {
    const { alarms } = widgets.find(({ type }) => type === "alarm")?.properties ?? {};
    expect(alarms).toEqual(template.of("AWS::CloudWatch::Alarm").map(({ id }) => `<${id}.Arn>`));
  });

  test("lays its widgets side by side, each with a title", () => {
    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, i) => `${x + (i % width)},${y + Math.floor(i / width)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBeLessThanOrEqual(24);
    expect(widgets.filter(({ properties }) => !properties.title)).toEqual([]);
  });
});
