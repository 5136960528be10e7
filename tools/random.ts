/** Randomness from a seed, so that a benchmark or a fault test that found something can be repeated exactly. */

/** Returns a number from 0 (inclusive) to 1 (exclusive) on each call. */
export type Random = () => number;

/**
 * The generator `mulberry32`: 32 bits of state are plenty for traffic.
 * https://github.com/bryc/code/blob/master/jshash/PRNGs.md
 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of some items. */
export function pick<T>(random: Random, items: readonly [T, ...T[]]): T {
  return items[Math.floor(random() * items.length)] ?? items[0];
}

/** One of some items, with probabilities proportional to their weights. */
export function pickWeighted<T>(random: Random, items: readonly (readonly [weight: number, item: T])[]): T | undefined {
  let at = random() * items.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, item] of items) {
    at -= weight;
    if (at < 0) return item;
  }
  return undefined;
}

/** Ranks 0 … count - 1, the first most often: the n-th comes 1/n^skew as often as the first, as on most sites. */
export function createZipf(count: number, skew = 1): (random: Random) => number {
  const sums: number[] = [];
  for (let n = 1; n <= count; n++) sums.push((sums.at(-1) ?? 0) + n ** -skew);
  const total = sums.at(-1) ?? 0;
  return (random) => {
    const at = random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? total) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** A version 4 UUID. */
export function uuid(random: Random): string {
  return dress(hex(random, 12), hex(random, 19), "4");
}

/** A version 7 UUID, as the beacon makes them: it begins with the time (epoch ms). */
export function timedUuid(random: Random, now: number): string {
  return dress(now.toString(16).padStart(12, "0"), hex(random, 19), "7");
}

function dress(first: string, rest: string, version: string): string {
  const variant = "89ab".charAt(Number.parseInt(rest.charAt(3), 16) & 3);
  return `${first.slice(0, 8)}-${first.slice(8)}-${version}${rest.slice(0, 3)}-${variant}${rest.slice(4, 7)}-${rest.slice(7)}`;
}

function hex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits) text += ((random() * 2 ** 24) | 0).toString(16).padStart(6, "0");
  return text.slice(0, digits);
}
