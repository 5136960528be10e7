/** What a stage may ask for beyond what it needs, and does not pay for unless it does: access log, tracing, concurrency, sources. */
import { beforeAll, describe, expect, test } from "vitest";
import { type CompiledTemplate, compiledTemplate } from "./compiled-template.ts";

const lambda = "AWS::Lambda::Function";
const roles = ["CollectRole", "StreamRole", "BatchRole", "QueryRole", "HealthRole", "SiteRole"];
const asked = {
  accessLog: "true",
  tracing: "true",
  dashboard: "false",
  logs: "on",
  collectConcurrency: "50",
  streamConcurrency: "10",
};

let plain: CompiledTemplate[];
let full: CompiledTemplate;
beforeAll(async () => {
  plain = [await compiledTemplate("dev"), await compiledTemplate("prod")];
  full = await compiledTemplate("dev", asked);
}, 300_000);

describe("the access log", () => {
  test("says of each request what became of it and why, and nothing of who asked", () => {
    const { DestinationArn, Format } = full.one("HttpApiStage").Properties.AccessLogSettings;
    const group = full.one(DestinationArn["Fn::GetAtt"][0]);
    expect([group.Type, group.Properties.RetentionInDays]).toEqual(["AWS::Logs::LogGroup", 14]);
    const fields = JSON.parse(Format);
    expect(fields).toMatchObject({
      request_id: "$context.requestId",
      function_request_id: "$context.integration.requestId",
      status: "$context.status",
      function_error: "$context.integrationErrorMessage",
      error: "$context.error.message",
    });
    // An address is never stored; the query string of a pixel holds a key.
    expect(Format).not.toMatch(/identity|sourceIp|userAgent|\$context\.path|query/i);
    expect(Object.values(fields).filter((value) => !/^\$context\.[\w.]+$/.test(String(value)))).toEqual([]);
  });

  test("is on in prod, and elsewhere if it is asked for", () => {
    const [dev, prod] = plain.map((template) => template.one("HttpApiStage").Properties.AccessLogSettings);
    expect([dev, prod !== undefined]).toEqual([undefined, true]);
  });
});

describe("tracing", () => {
  test("is on for every function where it is asked for, and its role may write traces", () => {
    const modes = full.of(lambda).map((f) => f.Properties.TracingConfig?.Mode);
    expect(modes).toEqual(modes.map(() => "Active"));
    for (const role of [...roles, "LogsRole"])
      expect(JSON.stringify(full.one(role).Properties.ManagedPolicyArns)).toContain("policy/AWSXRayDaemonWriteAccess");
  });

  test("is off otherwise, and needs no right then", () => {
    for (const template of plain) {
      expect(template.of(lambda).filter((f) => f.Properties.TracingConfig?.Mode === "Active")).toEqual([]);
      expect(roles.filter((role) => template.one(role).Properties.ManagedPolicyArns?.length > 0)).toEqual([]);
    }
  });
});

describe("reserved concurrency", () => {
  const reserved = (template: CompiledTemplate) =>
    template
      .of(lambda)
      .flatMap(({ id, Properties: { ReservedConcurrentExecutions: n } }) => (n === undefined ? [] : [[id, n]]));

  test("is set where a stage says how much", () => {
    expect(reserved(full)).toEqual([
      ["CollectLambdaFunction", 50],
      ["StreamLambdaFunction", 10],
    ]);
  });

  // A new account may run ten functions at once, and Lambda refuses to reserve what would leave too few to the others.
  test("is off otherwise, or no new account could deploy", () => {
    expect(plain.map(reserved)).toEqual([[], []]);
  });
});

test("the dashboard is there, and may be left out", () => {
  const dashboards = [...plain, full].map((template) => template.of("AWS::CloudWatch::Dashboard").length);
  expect(dashboards).toEqual([1, 1, 0]);
});

describe("logs of servers and applications", () => {
  const routesOf = (template: CompiledTemplate) =>
    template.of("AWS::ApiGatewayV2::Route").flatMap(({ Properties }) => {
      return Properties.RouteKey.includes("/v1/logs") ? [Properties.RouteKey] : [];
    });

  test("have a door where it is asked for, and alarms for shippers that are turned away", () => {
    const paths = ["/v1/logs", "/v1/logs/access", "/v1/logs/app"];
    expect(routesOf(full)).toEqual(paths.flatMap((path) => [`POST ${path}`, `HEAD ${path}`]));
    const watched = full.of("AWS::CloudWatch::Alarm").flatMap(({ Properties: { MetricName, Dimensions } }) => {
      return Dimensions[0]?.Value === "daymark-dev-logs" ? [MetricName] : [];
    });
    expect(watched).toEqual(["Errors", "Throttles"]);
  });

  test("leave nothing in the template otherwise", () => {
    for (const template of plain) {
      expect(routesOf(template)).toEqual([]);
      expect(template.all.filter(({ id }) => /^Logs|IntegrationLogs/.test(id)).map(({ id }) => id)).toEqual([]);
    }
  });
});
