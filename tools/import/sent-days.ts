/**
 * The days that recent imports sent to a stage, in a small file, so that an import that follows another one does not
 * add its days to those still buffered. A line is a day and an instant in epoch ms; lines older than the window are
 * dropped on opening.
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export type SentDays = {
  /** The days sent within the window, each with its latest instant. */
  recent: ReadonlyMap<string, number>;
  /** Records that a request for a day was answered. */
  add(day: string, now: number): Promise<void>;
};

/** A day is written again if its last record is this old. */
const NOTE_EVERY_MS = 1000;

export async function openSentDays(file: string, options: { now: number; windowMs: number }): Promise<SentDays> {
  const noted = await readNotes(file, options.now - options.windowMs);
  if (noted.size > 0) await replace(file, [...noted].map(([day, at]) => `${day} ${at}\n`).join(""));
  else await rm(file, { force: true });
  return {
    recent: new Map(noted),
    async add(day, now) {
      if (now - (noted.get(day) ?? 0) < NOTE_EVERY_MS) return;
      noted.set(day, now);
      await mkdir(dirname(file), { recursive: true });
      await appendFile(file, `${day} ${now}\n`);
    },
  };
}

async function readNotes(file: string, since: number): Promise<Map<string, number>> {
  const notes = new Map<string, number>();
  for (const line of (await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1)) {
    const at = Number(line.slice(11));
    if (at >= since) notes.set(line.slice(0, 10), at);
  }
  return notes;
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
