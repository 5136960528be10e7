/**
 * How an import processes its days: as many at once as the stage has room for, the others after them. The server tells
 * its time zone and how long it buffers a day; if a server tells neither, few days are sent at once and much time is
 * allowed.
 */
import { join } from "node:path";
import { uuidFrom } from "../../src/schemas/stable-uuid.ts";
import type { Client } from "./client.ts";
import { createDayGroups, dayOfEvent } from "./day-groups.ts";
import { createDayPace, DAYS_AT_ONCE, windowOf } from "./day-pace.ts";
import type { ImportedLine } from "./events.ts";
import type { Counts } from "./report.ts";
import { openSentDays } from "./sent-days.ts";

export type DayGate = {
  /** The day of a line, and its group: the days of group 0 are sent while the file is read. */
  assign(line: ImportedLine): { day: string; group: number };
  readonly groups: number;
  /** Resolves when a request for this day may be sent; one call at a time. */
  enter(day: string): Promise<void>;
  sent(day: string): Promise<void>;
};

type Options = { home: string; url: string; atOnce: number | undefined };
type Report = { counts: Counts; note: (text: string) => void };

const UNKNOWN_STAGE = { timezone: "UTC", lake_buffer_seconds: 300, isUnknown: true };
const NOTED_WAIT_MS = 1000;

/** The gate for one file; it includes what was recently sent to the same stage. */
export async function createDayGate(options: Options, client: Client, { counts, note }: Report): Promise<DayGate> {
  const stage = { isUnknown: false, ...((await client.ask()) ?? UNKNOWN_STAGE) };
  // A UTC day may span two of the stage's days.
  const atOnce = Math.ceil((options.atOnce ?? DAYS_AT_ONCE) / (stage.isUnknown ? 2 : 1));
  const windowMs = windowOf(stage.lake_buffer_seconds);
  const file = join(options.home, "imports", `${uuidFrom("days", options.url)}.days`);
  const notes = await openSentDays(file, { now: Date.now(), windowMs });
  const groups = createDayGroups(atOnce);
  const sent = new Set<string>();
  let isNoted = false;
  const onWait = (ms: number) => {
    counts.waitingMs = ms;
    if (isNoted || ms < NOTED_WAIT_MS) return;
    isNoted = true;
    note(
      `the next days wait up to ${Math.ceil(windowMs / 1000)} s each time, because Firehose takes ${atOnce} days at once safely, and keeps each for ${stage.lake_buffer_seconds} s`,
    );
  };
  const pace = createDayPace({ days: atOnce, windowMs, recent: notes.recent, onWait });

  return {
    assign({ instant }) {
      const day = dayOfEvent(instant, stage.timezone);
      const group = groups.groupOf(day);
      counts.days = groups.days;
      return { day, group };
    },
    get groups() {
      return groups.groups;
    },
    async enter(day) {
      await pace.enter(day);
      counts.waitingMs = 0;
    },
    async sent(day) {
      pace.sent(day);
      sent.add(day);
      counts.daysSent = sent.size;
      if (day !== "") await notes.add(day, Date.now());
    },
  };
}
