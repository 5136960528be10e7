/**
 * Checks regularly whether the home can still store anything: it exists, it is still ours, and a file can be created
 * and written in it. Open files do not show that: those of a removed folder still accept writes, which are lost with
 * it.
 */
import { readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Trouble, Troubles } from "../troubles.ts";

export type HomeWatchOptions = {
  home: string;
  /** The content of the home's lock file while the lock is ours. */
  lock: string;
  troubles: Troubles;
  everyMs?: number;
};

const topic = "home";
const probeBytes = 4096;

/** Watches until it is disposed. `troubles.check` also checks at once. */
export function watchHome({ home, lock, troubles, everyMs = 2_000 }: HomeWatchOptions): Disposable {
  let looking: Promise<void> | undefined;
  const look = (): Promise<void> => {
    looking ??= findTrouble(home, lock)
      .then((trouble) => troubles.set(topic, trouble))
      .finally(() => {
        looking = undefined;
      });
    return looking;
  };
  troubles.onCheck(look);
  const timer = setInterval(() => void look(), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function findTrouble(home: string, lock: string): Promise<Trouble | undefined> {
  const found = await readFile(join(home, "lock"), "utf8").catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error)
    return lost(`its lock cannot be read (${found.code}): was the folder removed or moved?`, home);
  if (found !== lock) return lost("another Daymark has taken it", home);
  const probe = join(home, ".probe");
  try {
    await writeFile(probe, Buffer.alloc(probeBytes), { flush: true });
    await rm(probe, { force: true });
    return undefined;
  } catch (error) {
    await rm(probe, { force: true }).catch(() => {});
    return await unwritable(error, home);
  }
}

function lost(why: string, home: string): Trouble {
  const summary = "The home of the data is gone: nothing can be kept or read until Daymark is started again";
  return { summary, detail: `Cannot use the home ${home}: ${why}. Start Daymark again`, kind: "gone" };
}

async function unwritable(error: unknown, home: string): Promise<Trouble> {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  const space = await statfs(home).catch(() => undefined);
  const isOutOfFiles = code === "ENOSPC" && space !== undefined && space.files > 0 && space.ffree === 0;
  const what = isOutOfFiles ? "The disk takes no more files (no inodes)" : (causes[code] ?? "Files cannot be written");
  return { kind: "unwritable", summary: `${what}: ${code}`, detail: `${what} in the home ${home}: ${error}` };
}

const causes: Record<string, string> = {
  ENOSPC: "The disk is full",
  EDQUOT: "The quota of the disk is used up",
  EFBIG: "Files may not grow as large as they have to",
  EROFS: "The disk can only be read",
};
