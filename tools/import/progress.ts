/**
 * What of an import the server has acknowledged, in a small file, so that an import can be stopped anywhere and go on: the same
 * lines are put into the same requests again, and those that were acknowledged are passed over. The file is named after the
 * first event, so it is found whatever the log is called, and a log that has grown goes on after its last line.
 */
import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { uuidFrom } from "../../src/schemas/stable-uuid.ts";
import type { Batch } from "./batches.ts";

export type Progress = {
  /** Of how many events the acknowledged batch is that begins with this event. */
  cutAt(firstId: string): number | undefined;
  has(batch: Batch): boolean;
  add(batch: Batch): Promise<void>;
};

/** Opens the progress of sending what begins with `firstId` to `url`; `restart` forgets what is known. */
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
    // What a crash left of a last line ends without a newline and is not taken.
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
