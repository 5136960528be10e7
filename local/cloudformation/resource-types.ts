/**
 * Which resource types this machine starts, and which it deliberately leaves out. A type in neither list stops the
 * start: nothing that a deployment would have may be missing here unless somebody has decided so.
 */
import type { Template } from "./resolver.ts";

const started = new Set([
  "AWS::ApiGatewayV2::Api",
  "AWS::ApiGatewayV2::Integration",
  "AWS::ApiGatewayV2::Route",
  "AWS::ApiGatewayV2::Stage",
  "AWS::Athena::WorkGroup",
  "AWS::DynamoDB::Table",
  "AWS::Glue::Table",
  "AWS::KinesisFirehose::DeliveryStream",
  "AWS::Lambda::Function",
  "AWS::S3::Bucket",
  "AWS::Scheduler::Schedule",
  "AWS::SecretsManager::Secret",
]);

/** What is left out, and what replaces it here. */
const leftOut: Record<string, string> = {
  "AWS::CloudWatch::Alarm": "nobody is sent mail; functions say in their log what an alarm would",
  "AWS::CloudWatch::Dashboard": "the dashboard at / shows the pipeline",
  "AWS::Glue::Database": "a table names its own",
  "AWS::IAM::Policy": "everything may call everything",
  "AWS::IAM::Role": "everything may call everything",
  "AWS::KMS::Key": "data lies in a folder of the user's",
  "AWS::Lambda::EventInvokeConfig": "a batch that fails says so",
  "AWS::Lambda::EventSourceMapping": "no Kafka runs here: the function can be invoked by hand",
  "AWS::Lambda::Permission": "everything may call everything",
  "AWS::Logs::Delivery": "no distribution is here: its records can be put on the stream by hand",
  "AWS::Logs::DeliveryDestination": "no distribution is here: its records can be put on the stream by hand",
  "AWS::Logs::DeliverySource": "no distribution is here: its records can be put on the stream by hand",
  "AWS::Logs::LogGroup": "logs go to the terminal",
  "AWS::Logs::LogStream": "logs go to the terminal",
  "AWS::Logs::SubscriptionFilter": "no log group is here: the function can be invoked by hand",
  "AWS::S3::BucketPolicy": "everything may call everything",
  "AWS::SNS::Topic": "nobody is sent mail",
  "AWS::SQS::Queue": "a batch that fails says so",
};

/** Throws for the first resource that is neither started nor deliberately left out. */
export function checkTypes({ Resources }: Template): void {
  for (const [id, { Type }] of Object.entries(Resources))
    if (!started.has(Type) && leftOut[Type] === undefined)
      throw new Error(
        `Cannot run ${id} on this machine: ${Type} is neither started nor left out (local/cloudformation/resource-types.ts)`,
      );
}
