/** What the function of `POST /v1/logs` needs beside itself, where the parameter `logs` is on: a role that may do what it calls. */
import { streamArns } from "./delivery-streams.js";
import { policies } from "./tracing.js";

/** @returns {Promise<boolean>} Whether the stage takes logs of servers and applications. */
export async function hasLogs({ resolveVariable }) {
  return (await resolveVariable("param:logs")) === "on";
}

/** @returns {Promise<object>} The `Resources` of it; none where logs are off. */
export async function template(context) {
  if (!(await hasLogs(context))) return { Resources: {} };
  const [service, stage] = await Promise.all(
    ["self:service", "sls:stage"].map((name) => context.resolveVariable(name)),
  );
  const [streams, managed] = await Promise.all([streamArns(context), policies(context)]);
  const statements = [
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: {
        "Fn::Sub": `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${service}-${stage}-logs:*`,
      },
    },
    { Effect: "Allow", Action: "firehose:PutRecordBatch", Resource: streams },
    {
      Effect: "Allow",
      Action: "dynamodb:GetItem",
      Resource: { "Fn::GetAtt": ["Table", "Arn"] },
      Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["zone"] } },
    },
    {
      Effect: "Allow",
      Action: "secretsmanager:GetSecretValue",
      Resource: [{ "Fn::GetAtt": ["TrustedKeySecret", "Id"] }, { "Fn::GetAtt": ["VisitorSaltSecret", "Id"] }],
    },
  ];
  const role = {
    AssumeRolePolicyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
    },
    ManagedPolicyArns: managed,
    Policies: [{ PolicyName: "logs", PolicyDocument: { Version: "2012-10-17", Statement: statements } }],
  };
  return { Resources: { LogsRole: { Type: "AWS::IAM::Role", Properties: role } } };
}
