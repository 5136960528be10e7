/**
 * Redeploying a stage whose data outlived its stack. What already exists cannot be created, and CloudFormation cannot
 * import Glue tables, so it is left out of the template, which refers to it by name instead. This holds for every later
 * deployment: what AWS has but the deployed stack does not stays outside of the stack.
 */
import { isData } from "./retained.ts";

// biome-ignore lint/suspicious/noExplicitAny: a compiled template is untyped
type Properties = any;
export type Resource = { Type: string; Properties?: Properties; DependsOn?: string | string[] };
export type Template = { Resources: Record<string, Resource>; Outputs?: Record<string, unknown> };
export type Account = { accountId: string; region: string; partition: string };
/**
 * A resource that holds data. `name` is its service's name for it; for a Glue table that includes the database:
 * `database.table`.
 */
export type Candidate = { id: string; type: string; name: string };
/** A resource that exists: what `Ref` and `Fn::GetAtt` of its ARN would return. */
export type Adopted = { id: string; ref: string; arn: string };

/** What `next` would create but may already exist: resources with data that `deployed` lacks. */
export function candidates(next: Template, deployed: Record<string, Resource>, account: Account): Candidate[] {
  return Object.entries(next.Resources)
    .filter(([id, resource]) => isData(id, resource) && deployed[id] === undefined)
    .map(([id, { Type, Properties }]) => ({ id, type: Type, name: nameOf(Type, Properties, next, account) }));
}

function nameOf(type: string, properties: Properties, template: Template, account: Account): string {
  const text = (value: unknown) => String(resolve(value, account));
  if (type === "AWS::Glue::Database") return text(properties.DatabaseInput.Name);
  if (type !== "AWS::Glue::Table") return text(properties.BucketName ?? properties.TableName ?? properties.Name);
  const database = template.Resources[properties.DatabaseName.Ref]?.Properties.DatabaseInput.Name;
  return `${text(database)}.${text(properties.TableInput.Name)}`;
}

/** Removes the adopted resources from `template`, in place, and puts their names where they were referred to. */
export function leaveOut(template: Template, adopted: readonly Adopted[]): void {
  const byId = new Map(adopted.map((one) => [one.id, one]));
  for (const id of byId.keys()) delete template.Resources[id];
  for (const resource of Object.values(template.Resources)) {
    resource.Properties = replace(resource.Properties, byId);
    if (resource.DependsOn) resource.DependsOn = [resource.DependsOn].flat().filter((id) => !byId.has(id));
  }
  template.Outputs = replace(template.Outputs ?? {}, byId);
}

/** `value` with references to the resources in `byId` replaced. */
export function replace(value: Properties, byId: ReadonlyMap<string, Adopted>): Properties {
  if (Array.isArray(value)) return value.map((member) => replace(member, byId));
  if (typeof value !== "object" || value === null) return value;
  const [name, argument] = Object.entries<Properties>(value)[0] ?? [];
  if (name === "Ref") return byId.get(argument)?.ref ?? value;
  if (name === "Fn::GetAtt") return byId.get([argument].flat()[0])?.arn ?? value;
  if (name === "Fn::Sub" && typeof argument === "string") return substitute(argument, byId);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replace(member, byId)]));
}

function substitute(pattern: string, byId: ReadonlyMap<string, Adopted>): Properties {
  const text = pattern.replace(/\$\{(\w+)(\.\w+)?\}/g, (reference, id: string, attribute?: string) => {
    const found = byId.get(id);
    if (found === undefined) return reference;
    return attribute === undefined ? found.ref : found.arn;
  });
  return text.includes("${") ? { "Fn::Sub": text } : text;
}

/** `value` with CloudFormation's functions evaluated; it no longer contains references to resources. */
export function resolve(value: Properties, account: Account): Properties {
  if (Array.isArray(value)) return value.map((member) => resolve(member, account));
  if (typeof value !== "object" || value === null) return value;
  const known: Record<string, string> = {
    "AWS::AccountId": account.accountId,
    "AWS::Region": account.region,
    "AWS::Partition": account.partition,
  };
  const [name, argument] = Object.entries<Properties>(value)[0] ?? [];
  if (name === "Ref") return known[argument] ?? unresolved(argument);
  if (name === "Fn::Join") return resolve(argument[1], account).join(argument[0]);
  if (name === "Fn::Sub")
    return argument.replace(/\$\{([^}]+)\}/g, (_: string, key: string) => known[key] ?? unresolved(key));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolve(member, account)]));
}

function unresolved(id: string): never {
  throw new Error(`Cannot resolve ${id}: it is neither adopted nor a fact of the account`);
}
