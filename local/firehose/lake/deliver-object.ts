/**
 * The last step of a delivery stream: parts that have waited long enough become a plan, and a plan becomes an object.
 * The plan is in the journal before anything is written, and contains the object's name: repeating it after a crash
 * replaces the object by the same rows.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { addChecksum } from "../../duckdb/parquet-checksum.ts";
import { objectPath, publishFile, syncFile } from "../../s3/objects.ts";
import { accountOf, regionOf, type StreamDescription } from "../description.ts";
import { evaluatePrefix, objectName } from "../prefix.ts";
import type { StreamContext } from "../stream/context.ts";
import { isPartIntact } from "../stream/spool.ts";
import type { Part, Plan } from "../stream/state.ts";
import { convertFiles, removePart } from "./convert.ts";

type Context = Pick<StreamContext, "home" | "stream" | "database" | "faults" | "journal" | "spool" | "damage">;

/** Writes down which object these parts will become. */
export async function planObject(parts: readonly Part[], context: Context): Promise<void> {
  const { stream, faults, journal } = context;
  await faults.check("firehose.deliver.plan", { stream: stream.name });
  const id = randomUUID();
  const oldest = Math.min(...parts.map((part) => part.oldest));
  const about = { at: oldest, timeZone: stream.timeZone, random: id.replaceAll("-", "").slice(0, 11) };
  const name = objectName(stream.name, Date.now(), stream.timeZone, id);
  const key = `${evaluatePrefix(stream.prefix, { ...about, keys: parts[0]?.keys ?? {} })}${name}.parquet`;
  const errorKey = `${evaluatePrefix(stream.errorPrefix, { ...about, errorType: "format-conversion-failed" })}${name}`;
  const plan: Plan = { id, bucket: stream.bucket, key, errorKey, parts: [...parts] };
  await journal.record({ type: "planned", plan });
}

/**
 * Makes the object of a plan and releases its parts. Can be repeated at any point. Parts can be missing only in a home
 * that was copied while in use; then the object contains the remaining ones.
 */
export async function deliverPlan(plan: Plan, context: Context): Promise<{ rows: number; failed: number }> {
  const { stream, faults, journal, spool } = context;
  const fault = { stream: stream.name, key: plan.key };
  const parts = plan.parts.filter(({ file }) => existsSync(join(spool, file)));
  const present = await Promise.all(parts.map((part) => examine(part, context)));
  const { rows, failed } = present.length > 0 ? await makeObjects(plan, present, context) : { rows: 0, failed: 0 };
  await faults.check("firehose.deliver.rename.after", fault);
  await faults.check("firehose.checkpoint", { ...fault, step: "delivered" });
  await journal.record({ type: "delivered", plan: plan.id });
  await faults.check("firehose.checkpoint.after", { ...fault, step: "delivered" });
  await Promise.all(plan.parts.map((part) => removePart(join(spool, part.file))));
  return { rows, failed };
}

/**
 * A damaged part is converted record by record: damaged records are set aside, as are those that do not fit the table.
 */
async function examine(part: Part, { spool, damage }: Context): Promise<{ path: string; suspect: boolean }> {
  const path = join(spool, part.file);
  const isIntact = await isPartIntact(spool, part);
  if (!isIntact) damage.tellOfPart(path);
  return { path, suspect: !isIntact || (part.suspect ?? false) };
}

/** Writes the Parquet object, and the object of the documents that could not be converted, if there are any. */
async function makeObjects(plan: Plan, files: { path: string; suspect: boolean }[], context: Context) {
  const { home, stream, database, faults, spool } = context;
  const target = join(spool, `${plan.id}.parquet`);
  const table = catalogTable(stream);
  const { rows, failed, errorsPath } = await convertFiles({ database, columns: stream.columns, files, target, table });
  if (rows > 0) {
    await addChecksum(target);
    await syncFile(target);
  }
  await faults.check("firehose.deliver.rename.before", { stream: stream.name, key: plan.key });
  if (rows > 0) await publishFile(target, objectPath(home, plan.bucket, plan.key));
  else await rm(target, { force: true });
  if (failed > 0) await publishFile(errorsPath, objectPath(home, plan.bucket, plan.errorKey));
  else await rm(errorsPath, { force: true });
  return { rows, failed };
}

function catalogTable(stream: StreamDescription): object {
  const { databaseName = null, tableName = null } = stream.table ?? {};
  return {
    catalogId: accountOf(stream),
    databaseName,
    tableName,
    region: regionOf(stream),
    versionId: "LATEST",
    catalogArn: null,
    databaseArn: null,
  };
}
