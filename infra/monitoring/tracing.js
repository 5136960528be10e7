/**
 * X-Ray for all functions if the parameter `tracing` is on: when each ran, for how long, how it started. USD 5 per
 * million traces; Lambda traces the first request of each second and 5 % of the rest.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */

/** @returns {Promise<boolean>} The framework's setting `provider.tracing.lambda`. */
export async function lambda({ resolveVariable }) {
  return String(await resolveVariable("param:tracing")) === "true";
}

/**
 * @returns {Promise<object[]>} What the functions' roles need for it: Lambda refuses a traced function whose role lacks
 * it.
 */
export async function policies(context) {
  const policy = { "Fn::Join": ["", ["arn:", { Ref: "AWS::Partition" }, ":iam::aws:policy/AWSXRayDaemonWriteAccess"]] };
  return (await lambda(context)) ? [policy] : [];
}
