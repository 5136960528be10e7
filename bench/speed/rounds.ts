/**
 * Measuring on a machine that also does other things: the variants take turns, so that a disturbance affects all of
 * them, and the median of several rounds is used.
 */

/**
 * Runs every variant once per round and returns the median of each variant's results. The first round only warms up.
 */
export async function inTurns<N extends string>(
  rounds: number,
  variants: Record<N, () => number | Promise<number>>,
): Promise<Record<N, number>> {
  const results = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const [name, measure] of Object.entries<() => number | Promise<number>>(variants)) {
      const result = await measure();
      if (round > 0) results.set(name, [...(results.get(name) ?? []), result]);
    }
  }
  return mapValues(variants, (name) => median(results.get(name) ?? []));
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** CPU time in ms that `work` takes, over all threads of this process. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function mapValues<N extends string>(of: Record<N, unknown>, value: (name: N) => number): Record<N, number> {
  const entries = Object.keys(of).map((name) => [name, value(name as N)]);
  return Object.fromEntries(entries);
}
