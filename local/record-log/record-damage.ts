/** What becomes of bytes in a record log that are no records: they are set aside, and somebody is told. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { putObject } from "../s3/objects.ts";

export type Damage = {
  file: string;
  /** In the file, in bytes. `size` is what the log lacks; a file that was cut short has less of it, or nothing. */
  offset: number;
  size: number;
  /** It was the end of the log, as a crash leaves it: what was never acknowledged, or what was damaged since. */
  isTail: boolean;
  /** The file that has the bytes now. */
  keptIn?: string;
};

/**
 * Writes damaged bytes, which stood at `position` of the log, to a file of their own and returns its path; undefined
 * when that fails.
 */
export async function setAside(folder: string, position: number, bytes: Uint8Array): Promise<string | undefined> {
  if (bytes.length === 0) return undefined;
  const path = join(folder, "damaged", `${String(position).padStart(16, "0")}.bytes`);
  return await putObject(path, bytes).then(
    () => path,
    () => undefined,
  );
}

/** How long what was set aside is kept: as long as the blocks that could do without it. */
const KEPT_MS = 35 * 86_400_000;

/** Removes the files of some folders that came there longer ago. A folder that is not there has none. */
export async function removeLongKept(folders: readonly string[], now: number): Promise<void> {
  for (const folder of folders) {
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      // A file that was renamed keeps its time of change, and has a new one of its inode.
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
