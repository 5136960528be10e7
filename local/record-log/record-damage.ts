/** What happens to bytes in a record log that are not valid records: they are set aside and reported. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { putObject } from "../s3/objects.ts";

export type Damage = {
  file: string;
  /** In the file, in bytes. `size` is how much is missing from the log; a truncated file has less of it, or nothing. */
  offset: number;
  size: number;
  /** It was the end of the log, as a crash leaves it: never acknowledged, or damaged since. */
  isTail: boolean;
  /** The file that now contains the bytes. */
  keptIn?: string;
};

/** Writes damaged bytes from `position` of the log to a separate file and returns its path; undefined if that fails. */
export async function setAside(folder: string, position: number, bytes: Uint8Array): Promise<string | undefined> {
  if (bytes.length === 0) return undefined;
  const path = join(folder, "damaged", `${String(position).padStart(16, "0")}.bytes`);
  return await putObject(path, bytes).then(
    () => path,
    () => undefined,
  );
}

/** How long files that were set aside are kept: as long as blocks live. */
const KEPT_MS = 35 * 86_400_000;

/** Removes files that were moved to these folders longer ago than that. A folder may be missing. */
export async function removeLongKept(folders: readonly string[], now: number): Promise<void> {
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      // A renamed file keeps its modification time, but its inode's change time is new.
      const { ctimeMs } = await stat(path);
      if (now - ctimeMs > KEPT_MS) await rm(path, { force: true });
    }
  }
}

/** A sentence for the owner. */
export function describeDamage({ file, offset, size, isTail, keptIn }: Damage): string {
  const kept = keptIn === undefined ? "" : `; they are in ${keptIn} now`;
  if (isTail)
    return `${file} ended with ${size} bytes that are no whole record, from byte ${offset} on: never acknowledged when a crash left them, damaged otherwise${kept}`;
  return `${file} is damaged: ${size} bytes from byte ${offset} on are no records${kept}. What stands behind them was kept`;
}
