/** The secrets of this machine, each with its versions, in `<home>/secrets.json`: the template's, and those that were created. */
import { randomInt, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AwsError } from "../endpoint/aws-error.ts";
import { putObject } from "../s3/objects.ts";

/** A secret as the template declares it; without a `value`, AWS generates one of `length` letters and digits. */
export type SecretDescription = { name: string; arn: string; description: string; value?: string; length?: number };
export type Stored = {
  home: string;
  secrets: SecretDescription[];
};

export const current = "AWSCURRENT";
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
export type Version = z.infer<typeof versionSchema>;
export type StoredSecret = SecretDescription & { versions: Version[] };

/** On AWS six letters come behind the name of a secret that is created, and may be left out by who asks. */
export const localArn = (name: string) => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}`;

/** Opens them: `kept` are all, `find` one by its name or ARN, and `change` makes a change, which is then on disk. */
export async function openSecrets({ home, secrets }: Stored) {
  const path = join(home, "secrets.json");
  const before = await readStored(path);
  const kept = secrets.map((secret): StoredSecret => restored(secret, before[secret.name]));
  for (const [name, versions] of Object.entries(before))
    if (kept.every((secret) => secret.name !== name) && wasCreated(versions))
      kept.push({ name, arn: localArn(name), description: "", versions });
  const save = () => putObject(path, JSON.stringify(Object.fromEntries(kept.map((s) => [s.name, s.versions]))));
  await save();
  let last = Promise.resolve();
  return {
    kept,
    find(id: string): StoredSecret {
      const found = kept.find(({ name, arn }) => id === name || id === arn);
      if (found) return found;
      throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    },
    /** One after the other, each on disk before it is answered. */
    change(make: () => object): Promise<object> {
      const done = last.then(async () => {
        const answer = make();
        await save();
        return answer;
      });
      last = done.then(
        () => {},
        () => {},
      );
      return done;
    },
  };
}

/** Labels move to the new version, AWSPREVIOUS follows AWSCURRENT, and versions without a label are removed. */
export function addVersion(secret: StoredSecret, version: Version): void {
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
  addVersion(kept, firstVersion(secret));
  return kept;
}

/** A secret of a template that is not declared any more goes; it always has the version that it was declared with. */
function wasCreated(versions: readonly Version[]): boolean {
  return versions.every(({ declared }) => !declared);
}

function firstVersion({ value, length = 32 }: SecretDescription): Version {
  return { id: randomUUID(), value: value ?? madeUp(length), stages: [current], at: Date.now(), declared: true };
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function madeUp(length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
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
