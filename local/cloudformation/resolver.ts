/**
 * Resolves what a compiled CloudFormation template leaves to AWS: references, ARNs, joined and substituted strings. It
 * knows the functions and resource types that this project's template uses, and refuses others, instead of starting
 * something half configured.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
 */
import { z } from "zod";

export type Account = { accountId: string; region: string };
export type Resource = { Type: string; Properties: Record<string, unknown> };
export type Template = { Resources: Record<string, Resource> };
export type Resolver = (value: unknown) => unknown;

/** The part of a template that describes resources. */
export const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** A function that resolves any value of `template`, however deep, as a deployment to `account` would. */
export function createResolver(template: Template, account: Account): Resolver {
  const pseudo = pseudoParameters(account);
  const functions: Record<string, (argument: unknown) => unknown> = {
    Ref: (argument) => reference(text(argument)),
    "Fn::GetAtt": (argument) => attribute(Array.isArray(argument) ? argument.map(text) : text(argument).split(".")),
    "Fn::Join": (argument) => {
      const [delimiter, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(argument);
      return parts.map((part) => text(resolve(part))).join(delimiter);
    },
    "Fn::Sub": (argument) =>
      substitute(z.union([z.string(), z.tuple([z.string(), z.record(z.string(), z.unknown())])]).parse(argument)),
  };
  return resolve;

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    const [name, argument] = entries[0] ?? [""];
    if (entries.length === 1 && (name === "Ref" || name.startsWith("Fn::"))) return call(name, argument);
    return Object.fromEntries(entries.map(([key, member]) => [key, resolve(member)]));
  }

  function call(name: string, argument: unknown): unknown {
    const run = functions[name];
    if (!run) throw new Error(`Cannot resolve ${name}: it is not supported on this machine`);
    return run(argument);
  }

  function reference(id: string): string {
    const known = pseudo[id];
    if (known !== undefined) return known;
    const { kind, name } = identify(id);
    return kind.refIsArn ? toArn(kind.arn(name), account) : name;
  }

  function attribute([id = "", name = ""]: string[]): string {
    if (name !== "Arn") throw new Error(`Cannot resolve ${id}.${name}: only Arn is supported on this machine`);
    const { kind, name: resourceName } = identify(id);
    return toArn(kind.arn(resourceName), account);
  }

  function identify(id: string): { kind: Kind; name: string } {
    const resource = template.Resources[id];
    if (!resource) throw new Error(`Cannot resolve ${id}: the template has no such resource`);
    const kind = kinds[resource.Type];
    if (!kind) throw new Error(`Cannot resolve ${id}: ${resource.Type} is not supported on this machine`);
    const named = kind.nameIn ? resource.Properties[kind.nameIn] : resource.Properties;
    return { kind, name: text(resolve(z.record(z.string(), z.unknown()).parse(named)[kind.name] ?? id)) };
  }

  function substitute(argument: string | [string, Record<string, unknown>]): string {
    const [pattern, variables] = typeof argument === "string" ? [argument, {}] : argument;
    return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return text(resolve(variables[name]));
      return name.includes(".") ? attribute(name.split(".")) : reference(name);
    });
  }
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
function pseudoParameters({ accountId, region }: Account): Record<string, string> {
  return {
    "AWS::AccountId": accountId,
    "AWS::Region": region,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "local",
  };
}

function toArn({ service, path, global = false }: ArnParts, { accountId, region }: Account): string {
  return global ? `arn:aws:${service}:::${path}` : `arn:aws:${service}:${region}:${accountId}:${path}`;
}

type ArnParts = { service: string; path: string; global?: boolean };
/** Which property holds the name of a resource type, and what its ARN looks like. */
type Kind = { name: string; nameIn?: string; refIsArn?: boolean; arn: (name: string) => ArnParts };

const kinds: Record<string, Kind> = {
  "AWS::Lambda::Function": {
    name: "FunctionName",
    arn: (name) => ({ service: "lambda", path: `function:${name}` }),
  },
  "AWS::DynamoDB::Table": { name: "TableName", arn: (name) => ({ service: "dynamodb", path: `table/${name}` }) },
  "AWS::S3::Bucket": { name: "BucketName", arn: (name) => ({ service: "s3", path: name, global: true }) },
  "AWS::KinesisFirehose::DeliveryStream": {
    name: "DeliveryStreamName",
    arn: (name) => ({ service: "firehose", path: `deliverystream/${name}` }),
  },
  "AWS::Glue::Database": {
    name: "Name",
    nameIn: "DatabaseInput",
    arn: (name) => ({ service: "glue", path: `database/${name}` }),
  },
  "AWS::Glue::Table": {
    name: "Name",
    nameIn: "TableInput",
    arn: (name) => ({ service: "glue", path: `table/${name}` }),
  },
  "AWS::Athena::WorkGroup": { name: "Name", arn: (name) => ({ service: "athena", path: `workgroup/${name}` }) },
  "AWS::SQS::Queue": { name: "QueueName", arn: (name) => ({ service: "sqs", path: name }) },
  "AWS::SNS::Topic": { name: "TopicName", refIsArn: true, arn: (name) => ({ service: "sns", path: name }) },
  "AWS::IAM::Role": { name: "RoleName", arn: (name) => ({ service: "iam", path: `role/${name}` }) },
  "AWS::Logs::LogGroup": { name: "LogGroupName", arn: (name) => ({ service: "logs", path: `log-group:${name}` }) },
  "AWS::SecretsManager::Secret": {
    name: "Name",
    refIsArn: true,
    arn: (name) => ({ service: "secretsmanager", path: `secret:${name}` }),
  },
  "AWS::ApiGatewayV2::Api": { name: "ApiId", arn: (name) => ({ service: "apigateway", path: `/apis/${name}` }) },
  "AWS::ApiGatewayV2::Integration": { name: "IntegrationId", arn: (name) => ({ service: "apigateway", path: name }) },
};

function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Error(`Cannot resolve ${JSON.stringify(value)}: a string is needed`);
}
