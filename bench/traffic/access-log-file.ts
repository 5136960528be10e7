/**
 * A file of access log lines in combined format, from a seed, of any size: the last requests of a site, up to millions.
 */
import { open } from "node:fs/promises";
import { createRandom, createZipf, pick, type Random } from "../../tools/random.ts";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const statuses = [200, 200, 200, 200, 200, 200, 200, 304, 301, 404, 500] as const;
const referrers = [
  "-",
  "-",
  "https://www.google.com/",
  "https://jobs.example.com/postings",
  "https://news.example.org/",
] as const;
const userAgents = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
] as const;

/**
 * How much to write: lines up to so many bytes, or so many lines; a request every `everyMs` up to `until` (epoch ms).
 */
type Wanted = { bytes?: number; lines?: number; until: number; everyMs?: number };

const CHUNK_LINES = 5_000;

/** Writes a file; returns its number of lines. */
export async function writeAccessLog(
  path: string,
  { bytes = Number.POSITIVE_INFINITY, lines: most = Number.POSITIVE_INFINITY, until, everyMs = 50 }: Wanted,
): Promise<number> {
  const random = createRandom(11);
  const page = createZipf(200);
  const file = await open(path, "w");
  let lines = 0;
  let written = 0;
  try {
    while (written < bytes && lines < most) {
      const length = Math.min(CHUNK_LINES, most - lines);
      const chunk = Buffer.from(
        Array.from({ length }, () => makeLine(random, page, until - lines++ * everyMs)).join(""),
      );
      await file.write(chunk);
      written += chunk.length;
    }
  } finally {
    await file.close();
  }
  return lines;
}

function makeLine(random: Random, page: (random: Random) => number, at: number): string {
  const number = (below: number) => Math.floor(random() * below);
  const address = `203.0.${number(256)}.${number(256)}`;
  const request = `GET /postings/${page(random)}${random() < 0.2 ? "?utm_source=newsletter" : ""} HTTP/1.1`;
  const tail = `${pick(random, statuses)} ${200 + number(40_000)} "${pick(random, referrers)}" "${pick(random, userAgents)}"`;
  return `${address} - - [${formatTime(new Date(at))}] "${request}" ${tail}\n`;
}

/** `22/Nov/2026:19:06:11 +0000` */
function formatTime(time: Date): string {
  const iso = time.toISOString();
  return `${iso.slice(8, 10)}/${months[time.getUTCMonth()]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
