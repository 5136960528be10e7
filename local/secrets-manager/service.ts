/**
 * Secrets Manager on this machine: the template's secrets, each with its versions, stored in `<home>/secrets.json`. A
 * value that was put survives a restart, just as a redeployment on AWS leaves a rotated secret alone.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
 */
import { randomInt, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AwsError, type AwsService } from "../endpoint/aws-error.ts";
import { createFaults, type Faults } from "../faults.ts";
import { putObject } from "../s3/objects.ts";

/** A secret as the template declares it; without a `value`, AWS generates one of `length` letters and digits. */
export type SecretDescription = { name: string; arn: string; description: string; value?: string; length?: number };
export type SecretsManagerOptions = { home: string; secrets: SecretDescription[]; faults?: Faults };

const current = "AWSCURRENT";
const previous = "AWSPREVIOUS";

const versionSchema = z.object({
  id: z.string(),
  value: z.string(),
  stages: z.array(z.string()),
  at: z.number(),
  /**
   * The version came from the template. The last such version is kept even without a label, to notice when the template
   * changes.
   */
  declared: z.boolean().optional(),
});
const fileSchema = z.record(z.string(), z.array(versionSchema));
type Version = z.infer<typeof versionSchema>;
type StoredSecret = SecretDescription & { versions: Version[] };

const idInput = z.object({ SecretId: z.string() });
const getInput = idInput.extend({ VersionId: z.string().optional(), VersionStage: z.string().optional() });
const putInput = idInput.extend({
  SecretString: z.string().min(1).max(65_536),
  ClientRequestToken: z.string().min(32).max(64).optional(),
  VersionStages: z.array(z.string()).min(1).default([current]),
});

/** Starts Secrets Manager with the template's secrets, and with what was put into them before. */
export async function startSecretsManager({ home, secrets, faults = createFaults() }: SecretsManagerOptions) {
  const path = join(home, "secrets.json");
  const before = await readStored(path);
  const kept = secrets.map((secret): StoredSecret => restored(secret, before[secret.name]));
  const save = () => putObject(path, JSON.stringify(Object.fromEntries(kept.map((s) => [s.name, s.versions]))));
  await save();
  let last = Promise.resolve();

  const find = (id: string): StoredSecret => {
    const found = kept.find(({ name, arn }) => id === name || id === arn);
    if (found) return found;
    throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  };

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

  /** One change after the other, each on disk before it is answered. */
  function put(wire: unknown): Promise<object> {
    const input = readInput(putInput, wire);
    const secret = find(input.SecretId);
    const id = input.ClientRequestToken ?? randomUUID();
    const done = last.then(async () => {
      const same = secret.versions.find((version) => version.id === id);
      if (same && same.value !== input.SecretString)
        throw new AwsError("ResourceExistsException", `You can't modify the value of the existing version ${id}.`);
      if (!same) add(secret, { id, value: input.SecretString, stages: input.VersionStages, at: Date.now() });
      await save();
      return { ...nameOf(secret), VersionId: id, VersionStages: input.VersionStages };
    });
    last = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  const service: AwsService = {
    target: "secretsmanager",
    operations: {
      GetSecretValue: get,
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

/** Labels move to the new version, AWSPREVIOUS follows AWSCURRENT, and versions without a label are removed. */
function add(secret: StoredSecret, version: Version): void {
  const taken = version.stages.includes(current) ? [...version.stages, previous] : version.stages;
  for (const other of secret.versions) {
    const left = other.stages.filter((stage) => !taken.includes(stage));
    other.stages = taken.includes(previous) && other.stages.includes(current) ? [...left, previous] : left;
  }
  secret.versions = [...secret.versions.filter(({ stages, declared }) => stages.length > 0 || declared), version];
}

/**
 * A secret with what was put into it, unless the template now declares another value than it did then: as on AWS, that
 * value is current.
 */
function restored(secret: SecretDescription, before: Version[] | undefined): StoredSecret {
  if (before === undefined) return { ...secret, versions: [firstVersion(secret)] };
  const declared = before.find((version) => version.declared) ?? (before.length === 1 ? before[0] : undefined);
  const kept = { ...secret, versions: before.map((version) => ({ ...version, declared: version === declared })) };
  if (secret.value === undefined || declared === undefined || declared.value === secret.value) return kept;
  for (const version of kept.versions) version.declared = false;
  add(kept, firstVersion(secret));
  return kept;
}

function firstVersion({ value, length = 32 }: SecretDescription): Version {
  return { id: randomUUID(), value: value ?? madeUp(length), stages: [current], at: Date.now(), declared: true };
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function madeUp(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

function nameOf({ name, arn }: StoredSecret): object {
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

async function readStored(path: string): Promise<z.infer<typeof fileSchema>> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(`Cannot read the secrets: ${path} is damaged`, { cause });
  }
}

function readInput<T extends z.ZodType>(schema: T, wire: unknown): z.output<T> {
  const result = schema.safeParse(wire);
  if (result.success) return result.data;
  throw new AwsError("InvalidParameterException", z.prettifyError(result.error));
}
