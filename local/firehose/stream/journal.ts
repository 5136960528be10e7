/**
 * The journal of a delivery stream: each step is one entry, on disk before it is acted upon, so that after a crash the same step is
 * done again under the same name.
 */
import type { Damage } from "../../record-log/record-damage.ts";
import { openRecordLog } from "../../record-log/record-log.ts";
import { applyEntry, type Entry, emptyState, type State } from "./state.ts";

export type Journal = {
  readonly state: State;
  /** Puts an entry on disk and then applies it. One at a time; when it rejects, nothing has changed. */
  record(entry: Entry): Promise<void>;
} & AsyncDisposable;

/**
 * Opens the journal in `folder` and brings the state up to it. An entry that is damaged is told; what it did is done again: its
 * batch or its object comes a second time, and counts once as any other repetition does.
 */
export async function openJournal(
  folder: string,
  segmentBytes = 1 << 20,
  onDamage?: (damage: Damage) => void,
): Promise<Journal> {
  const log = await openRecordLog({ folder, segmentBytes, ...(onDamage && { onDamage }) });
  let state = emptyState;
  for (const { payload } of (await log.read(log.start, {})).records) state = applyEntry(state, parseEntry(payload));
  let lastSnapshot = log.start;
  let queue: Promise<void> = Promise.resolve();

  return {
    get state() {
      return state;
    },
    record(entry) {
      const done = queue.then(() => write(entry));
      queue = done.catch(() => {});
      return done;
    },
    async [Symbol.asyncDispose]() {
      await queue;
      await log[Symbol.asyncDispose]();
    },
  };

  async function write(entry: Entry): Promise<void> {
    await log.append([Buffer.from(JSON.stringify(entry))]);
    state = applyEntry(state, entry);
    if (log.end - lastSnapshot > segmentBytes) await writeSnapshot().catch(() => {});
  }

  /** Whatever stands before two snapshots is not needed, whichever of them is damaged. When it fails, a later entry tries again. */
  async function writeSnapshot(): Promise<void> {
    const entry: Entry = { type: "snapshot", state };
    const [position = 0] = await log.append([Buffer.from(JSON.stringify(entry))]);
    const before = lastSnapshot;
    lastSnapshot = position;
    await log.truncateBefore(before);
  }
}

/** The journal's checksums have vouched for it: it is what `record` wrote. */
function parseEntry(payload: Buffer): Entry {
  return JSON.parse(payload.toString());
}
