/**
 * Lines that wait on disk, in numbered files of this process's own folder. The folder is created when the first line
 * waits, and removed when the store is disposed; opening a store removes what killed processes left.
 */
import { createReadStream } from "node:fs";
import { appendFile, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

export type LineStore = {
  /** Appends a line, which contains no newline, to a file. */
  add(file: number, line: string): Promise<void>;
  /** The lines of a file, in order. */
  read(file: number): AsyncGenerator<string>;
} & AsyncDisposable;

const CHUNK_LENGTH = 256 * 1024;
const PREFIX = "waiting-";

/** A store below `folder`. */
export async function openLineStore(folder: string): Promise<LineStore> {
  await removeLeftovers(folder);
  const own = join(folder, `${PREFIX}${process.pid}-${stores++}`);
  const open = new Map<number, { lines: string[]; length: number }>();
  const pathOf = (file: number) => join(own, `${file}.lines`);

  return {
    async add(file, line) {
      const chunk = open.get(file) ?? { lines: [], length: 0 };
      open.set(file, chunk);
      chunk.lines.push(line);
      chunk.length += line.length;
      if (chunk.length > CHUNK_LENGTH) await write(file);
    },
    async *read(file) {
      await write(file);
      yield* linesOf(pathOf(file));
    },
    [Symbol.asyncDispose]: () => rm(own, { recursive: true, force: true }),
  };

  async function write(file: number): Promise<void> {
    const chunk = open.get(file);
    open.delete(file);
    if (chunk === undefined) return;
    await mkdir(own, { recursive: true });
    await appendFile(pathOf(file), `${chunk.lines.join("\n")}\n`);
  }
}

let stores = 0;

async function* linesOf(path: string): AsyncGenerator<string> {
  let open = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: CHUNK_LENGTH })) {
    const lines = (open + chunk).split("\n");
    open = lines.pop() ?? "";
    yield* lines;
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (!Number.isNaN(pid) && !isRunning(pid)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
