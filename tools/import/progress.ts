/**
 * Records in a small file which parts of an import the server has acknowledged, so that an import can be stopped at any
 * point and continued: the same lines go into the same requests again, and the acknowledged ones are skipped. The file
 * is named after the first event, so it is found whatever the log's name is, and a log that has grown continues after
 * its last line.
 */
import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { uuidFrom } from "../../src/schemas/stable-uuid.ts";
import type { Batch } from "./batches.ts";

export type Progress = {
  /** The number of events in the acknowledged batch that begins with this event. */
  cutAt(firstId: string): number | undefined;
  has(batch: Batch): boolean;
  add(batch: Batch): Promise<void>;
};

/** Opens the progress of sending to `url` what begins with `firstId`; `restart` discards what is known. */
export async function openProgress(options: {
  home: string;
  url: string;
  firstId: string;
  restart: boolean;
}): Promise<Progress> {
  const { home, url, firstId, restart } = options;
  const file = join(home, "imports", `${uuidFrom("import", url, firstId)}.log`);
  await mkdir(dirname(file), { recursive: true });
  if (restart) await rm(file, { force: true });
  const known = new Map((await readLinesOf(file)).map(parseEntry));
  return {
    cutAt: (id) => known.get(id)?.count,
    has: ({ id, lines }) => known.get(lines[0]?.id ?? "")?.batchId === id,
    add: async ({ id, lines }) => await appendFile(file, `${lines[0]?.id} ${lines.length} ${id}\n`),
  };
}

async function readLinesOf(file: string): Promise<string[]> {
  try {
    // A last line that a crash cut short ends without a newline and is ignored.
    return (await readFile(file, "utf8")).split("\n").slice(0, -1);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function parseEntry(line: string): [string, { count: number; batchId: string }] {
  const [firstId = "", count = "", batchId = ""] = line.split(" ");
  return [firstId, { count: Number(count) || 1, batchId }];
}
