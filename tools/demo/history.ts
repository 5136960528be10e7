/**
 * The weeks before today: visits, sent with the trusted key, which may date events in the past, and an imported access
 * log.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { runImport } from "../import/run.ts";
import { createRandom, type Random, timedUuid } from "../random.ts";
import { type Api, post, readTotal, trustedKey } from "./api.ts";
import { clfTime } from "./clf-time.ts";
import { dayMs, visitations } from "./days.ts";
import { campaign, meetPerson, type Person, pickArrival } from "./people.ts";
import { type DemoEvent, visit } from "./visits.ts";

export type Weeks = {
  days: number;
  visits: number;
  /** Epoch ms of the midnight at which today began. */
  midnight: number;
  now: number;
};

const seed = 20;
const perRequest = 500;
const atOnce = 6;
/** How many events may wait to be counted: the local pipeline refuses more than 16 MB, and says so in its terminal. */
const waitingAtMost = 10_000;

type Request = { person: Person; events: DemoEvent[] };

/**
 * The requests of all visits up to now, day after day, so that a stream batch has few days and so few counters to
 * write.
 */
export function pastRequests({ days, visits, midnight, now }: Weeks): Request[] {
  // The same seed for the same day: a second run makes the same events again, and they count once.
  const random = createRandom(seed + Math.floor(midnight / dayMs));
  const regulars: Person[] = [];
  const requests: Request[] = [];
  for (let daysAgo = days; daysAgo >= 0; daysAgo--) {
    const day = { midnight: midnight - daysAgo * dayMs, until: now, daysAgo, visits };
    const ofDay = visitations(random, day).map(({ start, isCampaign }) => {
      const person = meetPerson(random, regulars, start);
      const events = visit(random, person, isCampaign ? campaign : pickArrival(random), start);
      return { person, events: events.filter(({ occurred_at }) => occurred_at < now) };
    });
    for (const group of Map.groupBy(ofDay, ({ person }) => `${person.country} ${person.userAgent}`).values()) {
      const [{ person } = { person: undefined }] = group;
      if (person === undefined) continue;
      for (const events of chunks(
        group.flatMap((one) => one.events),
        perRequest,
      ))
        requests.push({ person, events });
    }
  }
  return requests;
}

/**
 * Sends the requests no faster than they are counted. Returns the number of events; the days are in the stage's zone.
 */
export async function sendPast(
  api: Api,
  weeks: Weeks,
  { first, today }: { first: string; today: string },
): Promise<number> {
  const random = createRandom(seed + 1 + Math.floor(weeks.midnight / dayMs));
  const requests = pastRequests(weeks).map(({ person, events }) => {
    const batchId = timedUuid(random, events[0]?.occurred_at ?? 0);
    return { key: trustedKey, batchId, person, events };
  });
  const queue = requests.values();
  let sent = 0;
  let counted = 0;
  const worker = async () => {
    for (const request of queue) {
      sent += request.events.length;
      for (let tries = 0; sent - counted > waitingAtMost && tries < 100; tries++) {
        await wait(250);
        counted = await readTotal(api, "events", first, today);
      }
      await post(api, request);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return sent;
}

/** Writes the access log of the same weeks and imports it as `npm run import` does. Returns its number of lines. */
export async function importAccessLog({ url }: Api, weeks: Weeks): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "daymark-demo-"));
  try {
    const file = join(folder, "access.log");
    const lines = accessLog(createRandom(seed + 2), weeks);
    await writeFile(file, lines.join(""));
    const output = { out: () => {}, err: (text: string) => process.stderr.write(text) };
    const code = await runImport(
      [file, "--url", url],
      { DAYMARK_TRUSTED_KEY: trustedKey, DAYMARK_HOME: folder },
      output,
    );
    if (code !== 0) throw new Error("Cannot import the access log");
    return lines.length;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const requests = [
  ["GET / HTTP/1.1", 200, 5120],
  ["GET /demo HTTP/1.1", 200, 8310],
  ["GET /beacon.js HTTP/1.1", 304, 0],
  ["POST /api/applications HTTP/1.1", 201, 310],
  ["GET /feed.xml HTTP/1.1", 200, 20480],
  ["GET /wp-login.php HTTP/1.1", 404, 162],
  ["POST /api/applications HTTP/1.1", 503, 97],
] as const;

function accessLog(random: Random, { days, visits, midnight, now }: Weeks): string[] {
  const lines: string[] = [];
  for (let daysAgo = days; daysAgo >= 0; daysAgo--) {
    const day = { midnight: midnight - daysAgo * dayMs, until: now, daysAgo, visits: visits / 2 };
    for (const { start } of visitations(random, day)) {
      const [request, status, bytes] = requests[Math.floor(random() ** 2 * requests.length)] ?? requests[0];
      const address = `203.0.113.${Math.floor(random() * 250)}`;
      lines.push(
        `${address} - - [${clfTime(start)}] "${request}" ${status} ${bytes} "-" "Mozilla/5.0 (X11; Linux x86_64)"\n`,
      );
    }
  }
  return lines;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
