/**
 * What a delivery stream must remember, as data: which batches were cut, which transformed batches wait for delivery,
 * and which objects are being made. Each change is an entry of the journal (journal.ts).
 */

/** A batch for the transformation: the records of the log from `from` up to `to`. */
export type Batch = { id: number; from: number; to: number };
/** The transformed records of one batch for one partition, in a file of the spool. */
export type Part = {
  batch: number;
  file: string;
  keys: Record<string, string>;
  bytes: number;
  /** CRC-32 of the file; absent for files of an older release. */
  sum?: number;
  /** When its oldest record arrived. */
  oldest: number;
  /** It contains a record that the fast conversion would misread. */
  suspect?: boolean;
};
/** An object to be made from these parts, under these names, however many attempts it takes. */
export type Plan = { id: string; bucket: string; key: string; errorKey: string; parts: Part[] };
export type State = { nextBatch: number; cut: number; batches: Batch[]; parts: Part[]; plans: Plan[] };

export type Entry =
  | { type: "cut"; batch: Batch }
  | { type: "transformed"; batch: number; parts: Part[] }
  | { type: "planned"; plan: Plan }
  | { type: "delivered"; plan: string }
  | { type: "snapshot"; state: State };

export const emptyState: State = { nextBatch: 0, cut: 0, batches: [], parts: [], plans: [] };

/** The state after an entry. */
export function applyEntry(state: State, entry: Entry): State {
  if (entry.type === "snapshot") return entry.state;
  if (entry.type === "cut") return afterCut(state, entry.batch);
  if (entry.type === "transformed") {
    const batches = state.batches.filter(({ id }) => id !== entry.batch);
    return { ...state, batches, parts: [...state.parts, ...entry.parts] };
  }
  if (entry.type === "delivered") return { ...state, plans: state.plans.filter(({ id }) => id !== entry.plan) };
  const planned = new Set(entry.plan.parts.map(({ file }) => file));
  return { ...state, parts: state.parts.filter(({ file }) => !planned.has(file)), plans: [...state.plans, entry.plan] };
}

/**
 * The part of the state that the log of records confirms. They differ only in a home that was copied while in use: what
 * is not in the copy of the log cannot be a batch.
 */
export function reconcile(state: State, log: { start: number; end: number }): State {
  const within = (position: number) => Math.min(Math.max(position, log.start), log.end);
  const batches = state.batches
    .filter(({ from }) => from >= log.start && from < log.end)
    .map((batch) => ({ ...batch, to: within(batch.to) }));
  return { ...state, batches, cut: within(state.cut) };
}

/** What identifies a partition: the keys that the function returned. */
export function partitionName(keys: Readonly<Record<string, string>>): string {
  return JSON.stringify(keys);
}

/** Batches follow each other without a gap: if there is one, the entry of the batch in between was damaged. */
function afterCut(state: State, batch: Batch): State {
  const isGap = batch.from > state.cut && !state.batches.some(({ id }) => id === batch.id - 1);
  const lost = isGap ? [{ id: batch.id - 1, from: state.cut, to: batch.from }] : [];
  return { ...state, nextBatch: batch.id + 1, cut: batch.to, batches: [...state.batches, ...lost, batch] };
}
