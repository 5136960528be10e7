/**
 * Serverless plugin: what happens to data when a stack changes or is removed. A protected stage keeps its data; any
 * other stage's bucket is emptied, or AWS would refuse to delete it. A stream that is no longer used stays until it is
 * empty (draining-streams.ts).
 */
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { DeleteDeliveryStreamCommand, DescribeDeliveryStreamCommand, FirehoseClient } from "@aws-sdk/client-firehose";
import { LambdaClient, PutFunctionConcurrencyCommand } from "@aws-sdk/client-lambda";
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { keptResources, mayBeEmpty, unusedStreams } from "./draining-streams.ts";
import { setPolicies } from "./retained.ts";

export default class KeepData {
  constructor(serverless, _options, { log, progress }) {
    this.serverless = serverless;
    this.log = log;
    this.progress = progress;
    this.hooks = {
      "after:aws:package:finalize:mergeCustomProviderResources": () =>
        setPolicies(this.template().Resources, this.isProtected()),
      "before:aws:deploy:deploy:checkForChanges": () => this.keepUnusedStreams(),
      "before:remove:remove": () => this.beforeRemoval(),
    };
  }

  async keepUnusedStreams() {
    const next = this.template().Resources;
    const unused = unusedStreams(next, (await this.deployedTemplate()).Resources ?? {}, Date.now());
    const kept = [];
    for (const stream of unused) {
      const isEmpty = mayBeEmpty(stream, Date.now()) && (await this.isQuiet(stream.name));
      if (!isEmpty) kept.push(stream);
      this.log.notice(
        isEmpty
          ? `Stream ${stream.name} is empty and is deleted`
          : `Stream ${stream.name} is not written to since ${stream.since}; it stays until it is empty: deploy again in an hour`,
      );
    }
    Object.assign(next, keptResources(next, kept));
  }

  async deployedTemplate() {
    const client = await this.client(CloudFormationClient);
    const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: this.stackName() }));
    return JSON.parse(TemplateBody ?? "{}");
  }

  /** Nothing arrived for an hour, and nothing waits to be delivered. Firehose has no metrics for an idle stream. */
  async isQuiet(name) {
    const came = await this.metric(name, "IncomingRecords", "Sum", 3600);
    const waiting = await this.metric(name, "DeliveryToS3.DataFreshness", "Maximum", 900);
    return came === 0 && waiting === 0;
  }

  async metric(stream, name, statistic, seconds) {
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    const command = new GetMetricStatisticsCommand({
      Namespace: "AWS/Firehose",
      MetricName: name,
      Dimensions: [{ Name: "DeliveryStreamName", Value: stream }],
      StartTime: new Date(now - seconds * 1000),
      EndTime: new Date(now + 60_000),
      Period: 60,
      Statistics: [statistic],
    });
    const { Datapoints = [] } = await (await this.client(CloudWatchClient)).send(command);
    return Math.max(0, ...Datapoints.map((point) => point[statistic] ?? 0));
  }

  async beforeRemoval() {
    const resources = (await this.deployedTemplate()).Resources ?? {};
    if (this.isProtected()) return await this.drain(resources);
    await this.deleteStreams(resources);
    const bucket = resources.LakeBucket?.Properties.BucketName["Fn::Sub"];
    if (!bucket) return;
    const account = await this.serverless.getProvider("aws").getAccountId();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in
    await this.emptyBucket(bucket.replace("${AWS::AccountId}", account));
  }

  /**
   * What has been acknowledged must be in the lake before its streams are deleted: stops collect and waits for
   * Firehose.
   */
  async drain(resources) {
    const fn = resources.CollectLambdaFunction?.Properties.FunctionName;
    if (!fn) return;
    const { lakeBufferSeconds, streamBufferSeconds } = this.serverless.service.custom.parameters;
    const seconds = Math.ceil(1.5 * Number(lakeBufferSeconds)) + Number(streamBufferSeconds);
    const command = new PutFunctionConcurrencyCommand({ FunctionName: fn, ReservedConcurrentExecutions: 0 });
    await (await this.client(LambdaClient)).send(command);
    this.log.notice(`No events are taken any more; ${seconds} s until those that were are in the lake`);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }

  /** This comes before the bucket is emptied, or the streams would write to it again. */
  async deleteStreams(resources) {
    const client = await this.client(FirehoseClient);
    const names = Object.values(resources)
      .filter(({ Type }) => Type === "AWS::KinesisFirehose::DeliveryStream")
      .map(({ Properties }) => Properties.DeliveryStreamName);
    for (const DeliveryStreamName of names) {
      this.progress.get("main").notice(`Deleting stream ${DeliveryStreamName}`);
      await unlessGone(client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName })));
    }
    for (const DeliveryStreamName of names)
      while (await unlessGone(client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName }))))
        await new Promise((resolve) => setTimeout(resolve, 2000));
  }

  async emptyBucket(Bucket) {
    const client = await this.client(S3Client);
    let deleted = 0;
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } =
        (await unlessGone(client.send(new ListObjectVersionsCommand({ Bucket })))) ?? {};
      const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
      if (Objects.length === 0) break;
      const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      if (Errors[0]) throw new Error(`Cannot empty bucket ${Bucket}: ${Errors[0].Key}: ${Errors[0].Message}`);
      deleted += Objects.length;
      this.progress.get("main").notice(`Emptying bucket ${Bucket} (${deleted} objects)`);
    }
    this.log.notice(`Emptied bucket ${Bucket} (${deleted} objects)`);
  }

  template() {
    return this.serverless.service.provider.compiledCloudFormationTemplate;
  }

  isProtected() {
    return String(this.serverless.service.custom.parameters.protectData) === "true";
  }

  stackName() {
    return this.serverless.getProvider("aws").naming.getStackName();
  }

  async client(Client) {
    return new Client(await this.serverless.getProvider("aws").getAwsSdkV3Config());
  }
}

async function unlessGone(sent) {
  try {
    return await sent;
  } catch (error) {
    if (error.name === "ResourceNotFoundException" || error.name === "NoSuchBucket") return undefined;
    throw error;
  }
}
