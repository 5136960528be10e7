/**
 * The folder that holds a pipeline's data: who uses it, its format, and the time zone of its days. It is opened before
 * anything in it is touched.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { putObject } from "../s3/objects.ts";

export type Home = {
  folder: string;
  /** The content of its lock file while the lock is ours. */
  lock: string;
} & AsyncDisposable;

/** To be increased when data of an older format can no longer be read. */
const format = 1;
const fileSchema = z.object({ format: z.int(), timezone: z.string() });
const lockSchema = z.object({ pid: z.int().positive(), started: z.string().optional() });

/**
 * Opens `folder`, and creates it if it is new. Refuses one that is in use, has a newer format, or counts days of
 * another zone.
 */
export async function openHome(folder: string, { timezone }: { timezone: string }): Promise<Home> {
  const path = resolve(folder);
  await mkdir(path, { recursive: true });
  const lock = join(path, "lock");
  const text = await takeLock(lock, path);
  try {
    await checkFile(join(path, "daymark.json"), { folder: path, timezone });
  } catch (error) {
    await rm(lock, { force: true });
    throw error;
  }
  return { folder: path, lock: text, [Symbol.asyncDispose]: () => rm(lock, { force: true }) };
}

async function checkFile(file: string, { folder, timezone }: { folder: string; timezone: string }): Promise<void> {
  const text = await readFile(file, "utf8").catch(ifMissing);
  if (text === undefined) return await putObject(file, `${JSON.stringify({ format, timezone })}\n`);
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`Cannot use the home ${folder}: ${file} is damaged`);
  if (parsed.data.format > format)
    throw new Error(
      `Cannot use the home ${folder}: a newer Daymark wrote it (format ${parsed.data.format}, this one knows ${format})`,
    );
  if (parsed.data.timezone !== timezone)
    throw new Error(
      `Cannot use the home ${folder}: it counts days of ${parsed.data.timezone}, not of ${timezone} ` +
        `(set DAYMARK_TIMEZONE=${parsed.data.timezone}, or another DAYMARK_HOME)`,
    );
}

// LevelDB's own lock, which ends with its process, is decisive; this one names the process, before anything is opened.
async function takeLock(lock: string, folder: string): Promise<string> {
  const mine = JSON.stringify({ pid: process.pid, started: await startOf(process.pid) });
  for (let attempt = 0; attempt < 2; attempt++) {
    const taken = await writeFile(lock, mine, { flag: "wx" }).then(() => true, ifExists);
    if (taken) return mine;
    const holder = lockSchema.safeParse(parseJson((await readFile(lock, "utf8").catch(ifMissing)) ?? ""));
    if (holder.success && (await isRunning(holder.data)))
      throw new Error(`Cannot use the home ${folder}: another Daymark is using it (process ${holder.data.pid})`);
    await rm(lock, { force: true });
  }
  throw new Error(`Cannot use the home ${folder}: another Daymark is using it`);
}

// After kill -9 the lock file remains, and its process id may by now belong to another process, which started later.
async function isRunning({ pid, started }: z.infer<typeof lockSchema>): Promise<boolean> {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
  const actual = await startOf(pid);
  return actual === undefined || started === undefined || actual === started;
}

/** When a process started, in ticks since boot; "ended" if it is a zombie. Linux only; undefined elsewhere. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The second field, the program's name in parentheses, may contain anything; the state and 19 more fields follow it.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" || fields?.[0] === "X" ? "ended" : fields?.[19];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ifMissing(error: unknown): undefined {
  if (codeOf(error) !== "ENOENT") throw error;
}

function ifExists(error: unknown): false {
  if (codeOf(error) !== "EEXIST") throw error;
  return false;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
