/**
 * Secrets Manager on this machine: the template's secrets and those that were created, each with its versions, stored in
 * `<home>/secrets.json`. A value that was put survives a restart, just as a redeployment on AWS leaves a rotated secret
 * alone.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
 */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { AwsError, type AwsService } from "../endpoint/aws-error.ts";
import { createFaults, type Faults } from "../faults.ts";
import {
  addVersion,
  current,
  localArn,
  openSecrets,
  type SecretDescription,
  type Stored,
  type StoredSecret,
  type Version,
} from "./stored-secrets.ts";

export type SecretsManagerOptions = Stored & { faults?: Faults };

const idInput = z.object({ SecretId: z.string() });
const getInput = idInput.extend({ VersionId: z.string().optional(), VersionStage: z.string().optional() });
// min() and max() would look at the length of any value, and throw for `{"length": {"toString": 1}}`.
const textOf = (least: number, most: number) =>
  z.string().refine(({ length }) => length >= least && length <= most, `must have ${least} to ${most} characters`);
const valueInput = z.object({
  SecretString: textOf(1, 65_536),
  ClientRequestToken: textOf(32, 64).optional(),
});
const putInput = idInput.extend(valueInput.shape).extend({
  VersionStages: z
    .array(z.string())
    .refine(({ length }) => length > 0, "must not be empty")
    .default([current]),
});
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
const createInput = valueInput.extend({
  Name: z.string().regex(/^[\w/+=.@-]{1,512}$/),
  Description: textOf(0, 2048).default(""),
});

/** Starts Secrets Manager with the template's secrets, and with what was put into them before. */
export async function startSecretsManager(options: SecretsManagerOptions) {
  const { faults = createFaults() } = options;
  const { kept, find, change } = await openSecrets(options);

  async function get(wire: unknown): Promise<object> {
    const { SecretId, VersionId, VersionStage } = readInput(getInput, wire);
    await faults.check("secrets.get", { secret: SecretId });
    const secret = find(SecretId);
    const stage = VersionStage ?? (VersionId === undefined ? current : undefined);
    const version = secret.versions.find(
      ({ id, stages }) => (VersionId === undefined || id === VersionId) && (!stage || stages.includes(stage)),
    );
    if (!version) throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified version.");
    return { ...nameOf(secret), ...versionOf(version), SecretString: version.value, CreatedDate: version.at / 1000 };
  }

  function put(wire: unknown): Promise<object> {
    const input = readInput(putInput, wire);
    const secret = find(input.SecretId);
    const id = input.ClientRequestToken ?? randomUUID();
    return change(() => {
      const same = secret.versions.find((version) => version.id === id);
      if (same && same.value !== input.SecretString)
        throw new AwsError("ResourceExistsException", `You can't modify the value of the existing version ${id}.`);
      if (!same) addVersion(secret, { id, value: input.SecretString, stages: input.VersionStages, at: Date.now() });
      return { ...nameOf(secret), VersionId: id, VersionStages: input.VersionStages };
    });
  }

  const service: AwsService = {
    target: "secretsmanager",
    operations: {
      GetSecretValue: get,
      CreateSecret: async (wire) => await change(() => create(kept, wire)),
      PutSecretValue: async (wire) => await put(wire),
      DescribeSecret: async (wire) => describe(find(readInput(idInput, wire).SecretId)),
      ListSecrets: async () => ({ SecretList: kept.map(describe) }),
    },
  };
  /** The current value, by the secret's name or ARN. */
  const currentValue = (id: string): string =>
    find(id).versions.find(({ stages }) => stages.includes(current))?.value ?? "";
  return { service, currentValue };
}

/** A client that got no answer sends its request again, under the same token. */
function create(kept: StoredSecret[], wire: unknown): object {
  const { Name: name, SecretString: value, Description: description, ...input } = readInput(createInput, wire);
  const id = input.ClientRequestToken ?? randomUUID();
  const found = kept.find((secret) => secret.name === name);
  if (found?.versions.some((version) => version.id === id && version.value === value))
    return { ...nameOf(found), VersionId: id };
  if (found) {
    const message = `The operation failed because the secret ${name} already exists.`;
    throw new AwsError("ResourceExistsException", message);
  }
  const secret = { name, arn: localArn(name), description };
  kept.push({ ...secret, versions: [{ id, value, stages: [current], at: Date.now(), declared: false }] });
  return { ...nameOf(secret), VersionId: id };
}

function nameOf({ name, arn }: SecretDescription): object {
  return { ARN: arn, Name: name };
}

function versionOf({ id, stages }: Version): object {
  return { VersionId: id, VersionStages: stages };
}

function describe(secret: StoredSecret): object {
  const stages = Object.fromEntries(secret.versions.map((version) => [version.id, version.stages]));
  const changed = Math.max(...secret.versions.map(({ at }) => at));
  return {
    ...nameOf(secret),
    Description: secret.description,
    LastChangedDate: changed / 1000,
    VersionIdsToStages: stages,
  };
}

function readInput<T extends z.ZodType>(schema: T, wire: unknown): z.output<T> {
  const result = schema.safeParse(wire);
  if (result.success) return result.data;
  throw new AwsError("InvalidParameterException", z.prettifyError(result.error));
}
