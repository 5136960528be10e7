/**
 * The journal of a delivery stream: each step is an entry that is on disk before it is carried out, so that after a
 * crash the same step is repeated under the same name.
 */
import type { Damage } from "../../record-log/record-damage.ts";
import { openRecordLog } from "../../record-log/record-log.ts";
import { applyEntry, type Entry, emptyState, type State } from "./state.ts";

export type Journal = {
  readonly state: State;
  /** Writes an entry to disk and then applies it. One at a time; if it rejects, nothing has changed. */
  record(entry: Entry): Promise<void>;
} & AsyncDisposable;

/**
 * Opens the journal in `folder` and replays it. A damaged entry is reported; its effect is repeated: its batch or
 * object is processed a second time, and counts once, like any other repetition.
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

  /**
   * Everything before two snapshots is no longer needed, whichever of the two is damaged. If this fails, a later entry
   * tries again.
   */
  async function writeSnapshot(): Promise<void> {
    const entry: Entry = { type: "snapshot", state };
    const [position = 0] = await log.append([Buffer.from(JSON.stringify(entry))]);
    const before = lastSnapshot;
    lastSnapshot = position;
    await log.truncateBefore(before);
  }
}

/** The journal's checksums guarantee that this is what `record` wrote. */
function parseEntry(payload: Buffer): Entry {
  return JSON.parse(payload.toString());
}
