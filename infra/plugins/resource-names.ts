/**
 * What AWS allows as names, so that a stage whose name leads to an invalid one is refused before anything is created.
 * Only types whose names come from the stage; CloudFormation generates the others.
 */

const rules: Record<string, [path: string, pattern: RegExp, expected: string]> = {
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  "AWS::S3::Bucket": ["BucketName", /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "3 to 63 of a-z, 0-9 and -"],
  "AWS::KinesisFirehose::DeliveryStream": [
    "DeliveryStreamName",
    /^[\w.-]{1,64}$/,
    "at most 64 of A-Z, a-z, 0-9, _ . -",
  ],
  "AWS::DynamoDB::Table": ["TableName", /^[\w.-]{3,255}$/, "3 to 255 of A-Z, a-z, 0-9, _ . -"],
  "AWS::Lambda::Function": ["FunctionName", /^[\w-]{1,64}$/, "at most 64 of A-Z, a-z, 0-9, _ -"],
  "AWS::Scheduler::Schedule": ["Name", /^[\w.-]{1,64}$/, "at most 64 of A-Z, a-z, 0-9, _ . -"],
  "AWS::Athena::WorkGroup": ["Name", /^[\w.-]{1,128}$/, "at most 128 of A-Z, a-z, 0-9, _ . -"],
  "AWS::Glue::Database": ["DatabaseInput.Name", /^[a-z0-9_]{1,255}$/, "at most 255 of a-z, 0-9, _"],
  "AWS::SQS::Queue": ["QueueName", /^[\w-]{1,80}$/, "at most 80 of A-Z, a-z, 0-9, _ -"],
  "AWS::SNS::Topic": ["TopicName", /^[\w-]{1,256}$/, "at most 256 of A-Z, a-z, 0-9, _ -"],
  "AWS::SecretsManager::Secret": ["Name", /^[\w/+=.@-]{1,512}$/, "at most 512 of A-Z, a-z, 0-9, / _ + = . @ -"],
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
  "AWS::Logs::DeliverySource": ["Name", /^[\w-]{1,60}$/, "at most 60 of A-Z, a-z, 0-9, _ -"],
  "AWS::Logs::DeliveryDestination": ["Name", /^[\w-]{1,60}$/, "at most 60 of A-Z, a-z, 0-9, _ -"],
  "AWS::Logs::LogGroup": ["LogGroupName", /^[\w./#-]{1,512}$/, "at most 512 of A-Z, a-z, 0-9, _ - / . #"],
  "AWS::CloudWatch::Alarm": ["AlarmName", /^.{1,255}$/, "at most 255 characters"],
  "AWS::CloudWatch::Dashboard": ["DashboardName", /^[\w-]{1,255}$/, "at most 255 of A-Z, a-z, 0-9, _ -"],
};

/** The names in a compiled template's `resources` that AWS would refuse, one line each. */
export function impossibleNames(resources: Record<string, { Type: string; Properties?: unknown }>): string[] {
  return Object.values(resources).flatMap(({ Type, Properties }) => {
    const rule = rules[Type];
    if (rule === undefined) return [];
    const [path, pattern, expected] = rule;
    const name = nameIn(Properties, path);
    if (name === undefined || pattern.test(name)) return [];
    return [`"${name}" (${name.length} characters) is no name for ${Type}, expected ${expected}`];
  });
}

// Undefined if CloudFormation generates it. The lake's bucket name ends with the account id, which has twelve digits.
function nameIn(properties: unknown, path: string): string | undefined {
  const value = path.split(".").reduce(member, properties);
  if (typeof value === "string") return value;
  const pattern = member(value, "Fn::Sub");
  // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in
  return typeof pattern === "string" ? pattern.replace("${AWS::AccountId}", "0".repeat(12)) : undefined;
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
