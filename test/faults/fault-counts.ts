/**
 * How often each kind of fault was injected, and how often each notable thing happened: the table that a run prints.
 */
export type FaultCounts = ReturnType<typeof createFaultCounts>;

/** Counts by kind, empty at first. */
export function createFaultCounts() {
  const counts = new Map<string, number>();
  return {
    add(kind: string, times = 1) {
      if (times > 0) counts.set(kind, (counts.get(kind) ?? 0) + times);
    },
    addAll(others: Iterable<[string, number]>) {
      for (const [kind, times] of others) this.add(kind, times);
    },
    entries: (): [string, number][] => [...counts].sort(([a], [b]) => (a < b ? -1 : 1)),
    table: (): string =>
      [...counts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([kind, times]) => `  ${String(times).padStart(8)}  ${kind}`)
        .join("\n"),
  };
}
