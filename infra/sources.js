/**
 * How sources on AWS reach their functions: subscriptions of log groups, permissions for buckets to notify, the mapping
 * of Kafka topics. Each is created for the names in its parameter, and not at all if that is none.
 */

/** @returns {Promise<object>} The `Resources` of the sources that are on. */
export async function template(context) {
  const [prefix, groups, buckets, topics, cluster, snapshots] = await Promise.all([
    stackPrefix(context),
    ...["logGroups", "logBuckets", "kafkaTopics"].map((name) => namesIn(context, name)),
    context.resolveVariable("param:kafkaCluster"),
    context.resolveVariable("param:snapshots"),
  ]);
  return {
    Resources: {
      ...(groups.length + buckets.length > 0 || snapshots !== "none" ? { SourceFailures: failures(prefix) } : {}),
      ...Object.assign({}, ...groups.map((group, i) => subscription(group, i))),
      ...Object.assign({}, ...buckets.map((bucket, i) => notifier(bucket, i))),
      ...(topics.length > 0 ? { KafkaMapping: mapping(prefix, cluster, topics) } : {}),
    },
  };
}

/** @returns {Promise<object[]>} The ARNs of the objects that the function for buckets may read. */
export async function logObjectArns(context) {
  return (await namesIn(context, "logBuckets")).map((name) => ({ "Fn::Sub": `arn:\${AWS::Partition}:s3:::${name}/*` }));
}

/** @returns {Promise<string[]>} The ARNs of the cluster, its topics and the consumer group. */
export async function kafkaArns(context) {
  const [cluster, topics, prefix] = await Promise.all([
    context.resolveVariable("param:kafkaCluster"),
    namesIn(context, "kafkaTopics"),
    stackPrefix(context),
  ]);
  const below = (kind) => String(cluster).replace(":cluster/", `:${kind}/`);
  return [cluster, ...topics.map((topic) => `${below("topic")}/${topic}`), `${below("group")}/${prefix}`];
}

async function namesIn({ resolveVariable }, parameter) {
  const value = String(await resolveVariable(`param:${parameter}`));
  return value === "none" ? [] : value.split(",");
}

async function stackPrefix({ resolveVariable }) {
  return (await Promise.all(["self:service", "sls:stage"].map((name) => resolveVariable(name)))).join("-");
}

/** What failed for good waits here for two weeks, with the invocation that caused it. */
function failures(prefix) {
  return {
    Type: "AWS::SQS::Queue",
    Properties: {
      QueueName: `${prefix}-source-failures`,
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    },
  };
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
function subscription(group, index) {
  return {
    [`LogGroup${index}Permission`]: permission("CloudwatchLambdaFunction", "logs.amazonaws.com", {
      "Fn::Sub": `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${group}:*`,
    }),
    [`LogGroup${index}Subscription`]: {
      Type: "AWS::Logs::SubscriptionFilter",
      DependsOn: `LogGroup${index}Permission`,
      Properties: {
        LogGroupName: group,
        FilterPattern: "",
        DestinationArn: { "Fn::GetAtt": ["CloudwatchLambdaFunction", "Arn"] },
      },
    },
  };
}

/**
 * The bucket is not part of this stack, which can only allow it to notify: docs/sources.md has the command that sets it
 * up.
 */
function notifier(bucket, index) {
  const arn = { "Fn::Sub": `arn:\${AWS::Partition}:s3:::${bucket}` };
  return { [`LogBucket${index}Permission`]: permission("BucketsLambdaFunction", "s3.amazonaws.com", arn) };
}

function permission(functionId, Principal, SourceArn) {
  return {
    Type: "AWS::Lambda::Permission",
    Properties: {
      FunctionName: { "Fn::GetAtt": [functionId, "Arn"] },
      Action: "lambda:InvokeFunction",
      Principal,
      SourceArn,
      SourceAccount: { Ref: "AWS::AccountId" },
    },
  };
}

// https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html
function mapping(prefix, cluster, topics) {
  return {
    Type: "AWS::Lambda::EventSourceMapping",
    DependsOn: "KafkaRole",
    Properties: {
      FunctionName: { "Fn::GetAtt": ["KafkaLambdaFunction", "Arn"] },
      EventSourceArn: cluster,
      Topics: topics,
      StartingPosition: "TRIM_HORIZON",
      // Firehose bills a record as at least 5 KB: the more messages come together, the less each costs.
      BatchSize: 5000,
      MaximumBatchingWindowInSeconds: 5,
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: prefix },
    },
  };
}
