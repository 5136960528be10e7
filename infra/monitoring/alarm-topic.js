/**
 * The topic that alarms are sent to, and its own key if the parameter `encryptAlarms` asks for one (USD 1 a month).
 * AWS's key (alias/aws/sns) would not do: it does not allow CloudWatch, and its policy cannot be changed, so alarms
 * would be lost silently.
 * https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
 */

/** `AlarmTopic`, and `AlarmKey` if the stage wants it. */
export async function alarmTopic({ resolveVariable }, prefix) {
  const [email, encrypt] = await Promise.all(
    ["param:alarmEmail", "param:encryptAlarms"].map((name) => resolveVariable(name)),
  );
  const isEncrypted = String(encrypt) === "true";
  const properties = {
    TopicName: `${prefix}-alarms`,
    ...subscription(email),
    ...(isEncrypted ? { KmsMasterKeyId: { Ref: "AlarmKey" } } : {}),
  };
  return {
    AlarmTopic: { Type: "AWS::SNS::Topic", Properties: properties },
    ...(isEncrypted ? { AlarmKey: alarmKey(prefix) } : {}),
  };
}

function subscription(email) {
  return email === "none" ? {} : { Subscription: [{ Protocol: "email", Endpoint: email }] };
}

function alarmKey(prefix) {
  const ownAccount = { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } };
  return {
    Type: "AWS::KMS::Key",
    Properties: {
      Description: `Encrypts the alarms of ${prefix}`,
      EnableKeyRotation: true,
      KeyPolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "Account",
            Effect: "Allow",
            Principal: {
              AWS: {
                "Fn::Join": [":", ["arn", { Ref: "AWS::Partition" }, "iam", "", { Ref: "AWS::AccountId" }, "root"]],
              },
            },
            Action: "kms:*",
            Resource: "*",
          },
          {
            Sid: "Alarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
            Resource: "*",
            Condition: ownAccount,
          },
        ],
      },
    },
  };
}
