/**
 * What a stage with protected data keeps when its stack is removed: the data, what describes how to read it, and who
 * may.
 */

type Resource = { Type: string; DeletionPolicy?: string; UpdateReplacePolicy?: string };

const kept = new Set([
  "AWS::DynamoDB::Table",
  "AWS::Glue::Database",
  // Their partitions say which run of a sealed day counts; without them, history cannot be read.
  "AWS::Glue::Table",
  "AWS::S3::Bucket",
  // Also the salt: a visitor must not become somebody else.
  "AWS::SecretsManager::Secret",
]);
/** The framework's own, which holds packages. */
const notData = new Set(["ServerlessDeploymentBucket", "ServerlessDeploymentBucketPolicy"]);

/** Whether a resource holds data that outlives a protected stack. */
export function isData(id: string, { Type }: Resource): boolean {
  return kept.has(Type) && !notData.has(id);
}

/** Sets the deletion policy of every resource that holds data; a replaced resource is kept on every stage. */
export function setPolicies(resources: Record<string, Resource>, isProtected: boolean): void {
  for (const [id, resource] of Object.entries(resources)) {
    if (!isData(id, resource)) continue;
    resource.DeletionPolicy = isProtected ? "Retain" : "Delete";
    resource.UpdateReplacePolicy = "Retain";
  }
}
