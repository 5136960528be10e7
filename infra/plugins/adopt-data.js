/**
 * Serverless plugin: redeploys a protected stage over the data that its removal left behind (adopted.ts); `serverless
 * deploy` is all it takes. The catalog's tables, which nothing else updates, get the columns of this version.
 */
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { candidates, leaveOut, replace, resolve } from "./adopted.ts";

export default class AdoptData {
  constructor(serverless, _options, { log }) {
    this.serverless = serverless;
    this.log = log;
    this.hooks = { "before:aws:deploy:deploy:checkForChanges": () => this.adopt() };
  }

  async adopt() {
    const template = this.serverless.service.provider.compiledCloudFormationTemplate;
    const account = await this.account();
    const missing = candidates(template, await this.deployedResources(), account);
    const adopted = (await Promise.all(missing.map((one) => this.find(one)))).filter((one) => one !== undefined);
    if (adopted.length === 0) return;
    const names = adopted.map(({ name }) => name).join(", ");
    if (!this.isProtected())
      throw new this.serverless.classes.Error(
        `Cannot deploy stage "${this.aws().getStage()}": ${names} is there already, and in no stack of this stage. ` +
          'Delete it, or deploy over it with --param="protectData=true"',
        "DAYMARK_DATA_EXISTS",
      );
    const byId = new Map(adopted.map((one) => [one.id, one]));
    for (const { id, type } of adopted)
      if (type === "AWS::Glue::Table")
        await this.updateTable(resolve(replace(template.Resources[id].Properties, byId), account));
    leaveOut(template, adopted);
    this.log.notice(`Adopted what is there and in no stack: ${names}`);
  }

  /** What `Ref` and the ARN of a resource would return, or nothing if it does not exist. */
  async find(candidate) {
    const found = await unlessMissing(this.finders[candidate.type](candidate.name));
    return found && { ...candidate, ...found };
  }

  finders = {
    "AWS::S3::Bucket": async (Bucket) => {
      await (await this.client(S3Client)).send(new HeadBucketCommand({ Bucket }));
      const { partition } = await this.account();
      return { ref: Bucket, arn: `arn:${partition}:s3:::${Bucket}` };
    },
    "AWS::DynamoDB::Table": async (TableName) => {
      const { Table } = await (await this.client(DynamoDBClient)).send(new DescribeTableCommand({ TableName }));
      return { ref: TableName, arn: Table.TableArn };
    },
    "AWS::SecretsManager::Secret": async (SecretId) => {
      const { ARN } = await (await this.client(SecretsManagerClient)).send(new DescribeSecretCommand({ SecretId }));
      return { ref: ARN, arn: ARN };
    },
    "AWS::Glue::Database": async (Name) => {
      const { GetDatabaseCommand } = await glue();
      await this.glue(new GetDatabaseCommand({ Name }));
      return { ref: Name };
    },
    "AWS::Glue::Table": async (name) => {
      const [DatabaseName, Name] = name.split(".");
      const { GetTableCommand } = await glue();
      await this.glue(new GetTableCommand({ DatabaseName, Name }));
      return { ref: Name };
    },
  };

  /** Updates columns, location and projection; partitions stay as they are. */
  async updateTable({ DatabaseName, TableInput }) {
    const { UpdateTableCommand } = await glue();
    await this.glue(new UpdateTableCommand({ DatabaseName, TableInput, SkipArchive: true }));
  }

  async glue(command) {
    const { GlueClient } = await glue();
    return (await this.client(GlueClient)).send(command);
  }

  async deployedResources() {
    const StackName = this.aws().naming.getStackName();
    const client = await this.client(CloudFormationClient);
    const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName }));
    return JSON.parse(TemplateBody ?? "{}").Resources ?? {};
  }

  async account() {
    const { accountId, partition } = await this.aws().getAccountInfo();
    return { accountId, partition, region: this.aws().getRegion() };
  }

  isProtected() {
    return String(this.serverless.service.custom.parameters.protectData) === "true";
  }

  aws() {
    return this.serverless.getProvider("aws");
  }

  async client(Client) {
    return new Client(await this.aws().getAwsSdkV3Config());
  }
}

// Large, and needed only for a first deployment and for adopted stages.
function glue() {
  return import("@aws-sdk/client-glue");
}

async function unlessMissing(found) {
  try {
    return await found;
  } catch (error) {
    const missing = ["NotFound", "NoSuchBucket", "ResourceNotFoundException", "EntityNotFoundException"];
    if (missing.includes(error.name)) return undefined;
    throw error;
  }
}
