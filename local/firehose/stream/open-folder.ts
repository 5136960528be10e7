/**
 * The folder of a delivery stream: its log of records, its journal and its spool, opened and made consistent, whatever
 * a crash or a copy made while in use has left.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { removeLongKept } from "../../record-log/record-damage.ts";
import { openRecordLog } from "../../record-log/record-log.ts";
import { makeFolder } from "../../s3/objects.ts";
import type { StreamFolder, StreamOptions } from "./context.ts";
import { createDamageReport } from "./damage-report.ts";
import { openJournal } from "./journal.ts";
import { indexPath } from "./spool.ts";
import { type Part, reconcile } from "./state.ts";

/** Opens the folder, and every day, until `signal` is aborted, removes what was set aside long ago. */
export async function openFolder(options: StreamOptions, signal: AbortSignal): Promise<StreamFolder> {
  const { home, stream, tuning, troubles } = options;
  const folder = join(home, "firehose", stream.name);
  const spool = join(folder, "spool");
  await mkdir(spool, { recursive: true });
  await makeFolder(spool);
  const damage = createDamageReport(stream.name, troubles);
  const onDamage = damage.tellOfLog;
  const log = await openRecordLog({ folder: join(folder, "records"), lingerMs: tuning.lingerMs, onDamage });
  const journal = await openJournal(join(folder, "journal"), undefined, onDamage);
  // If entries are damaged, an unknown file may belong to one of them.
  const keptIn = damage.isEmpty ? undefined : join(folder, "set-aside");
  const { parts, plans, cut } = journal.state;
  if (cut > log.end) damage.tellOfShortLog(cut - log.end);
  const reconciled = reconcile(journal.state, log);
  if (!isDeepStrictEqual(reconciled, journal.state)) await journal.record({ type: "snapshot", state: reconciled });
  await removeOrphans(spool, [...parts, ...plans.flatMap((plan) => plan.parts)], keptIn);
  await keepSweeping(folder, signal);
  return { log, journal, spool, damage };
}

/**
 * Removes files that a crash left in the spool and that no entry of the journal knows, or moves them to `keptIn`, if
 * that is given.
 */
async function removeOrphans(spool: string, parts: readonly Part[], keptIn: string | undefined): Promise<void> {
  const known = new Set(parts.flatMap(({ file }) => [file, indexPath(file)]));
  if (keptIn !== undefined) await mkdir(keptIn, { recursive: true });
  for (const name of await readdir(spool)) {
    if (known.has(name)) continue;
    if (keptIn === undefined) await rm(join(spool, name), { force: true });
    else await rename(join(spool, name), join(keptIn, name));
  }
}

async function keepSweeping(folder: string, signal: AbortSignal): Promise<void> {
  const aside = ["set-aside", "records/damaged", "journal/damaged"].map((name) => join(folder, name));
  const sweep = () => removeLongKept(aside, Date.now()).catch(() => {}); // what cannot be removed today may be tomorrow
  await sweep();
  const timer = setInterval(sweep, 86_400_000).unref();
  signal.addEventListener("abort", () => clearInterval(timer));
}
