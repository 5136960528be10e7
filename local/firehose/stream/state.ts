/**
 * What a delivery stream has to remember, as data: which batches were cut, which transformed batches wait to be delivered,
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
  /** Arrival of its oldest record. */
  oldest: number;
  /** It holds a record that the fast conversion would misjudge. */
  suspect?: boolean;
};
/** An object that is going to be: made of these parts, under these names, however often it takes. */
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
 * The state as far as the log of records bears it out. They only disagree in a home that was copied while it was in use: what
 * the copy of the log does not have (any more or yet) cannot be a batch.
 */
export function reconcile(state: State, log: { start: number; end: number }): State {
  const within = (position: number) => Math.min(Math.max(position, log.start), log.end);
  const batches = state.batches
    .filter(({ from }) => from >= log.start && from < log.end)
    .map((batch) => ({ ...batch, to: within(batch.to) }));
  return { ...state, batches, cut: within(state.cut) };
}

/** What tells a partition from another: the keys that the function gave. */
export function partitionName(keys: Readonly<Record<string, string>>): string {
  return JSON.stringify(keys);
}

/** Batches follow each other without a gap: where there is one, the entry of the batch between was damaged. */
function afterCut(state: State, batch: Batch): State {
  const isGap = batch.from > state.cut && !state.batches.some(({ id }) => id === batch.id - 1);
  const lost = isGap ? [{ id: batch.id - 1, from: state.cut, to: batch.from }] : [];
  return { ...state, nextBatch: batch.id + 1, cut: batch.to, batches: [...state.batches, ...lost, batch] };
}
