/**
 * Caches of a warm function: bounded, and lost whenever Lambda likes. The events of one page, and successive requests,
 * mostly concern the same URLs, browsers, ids, blocks and questions.
 */

// Longer texts rarely repeat, and a thousand of them would fill the memory.
const MAX_KEY_LENGTH = 1024;

/** `make` with a cache of between `limit` and twice as many results: those of the keys that were asked for last. */
export function cached<V>(limit: number, make: (key: string) => V): (key: string) => V {
  const cache = createCache<V>(limit);
  return (key) => {
    if (key.length > MAX_KEY_LENGTH) return make(key);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    cache.set(key, value);
    return value;
  };
}

/**
 * Between `limit` and twice as many of the values used last: when the young ones are full, they become the old ones.
 */
export function createCache<V>(limit: number) {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  function set(key: string, value: V): void {
    if (young.size >= limit && !young.has(key)) [old, young] = [young, new Map()];
    young.set(key, value);
  }
  function get(key: string): V | undefined {
    const known = young.get(key);
    if (known !== undefined) return known;
    const before = old.get(key);
    if (before !== undefined) set(key, before);
    return before;
  }
  return { get, set };
}

export type SizedCache<V> = ReturnType<typeof createSizedCache<V>>;

/**
 * The values used last, as long as their sizes (by `sizeOf`) add up to at most `most`. A value larger than that is not
 * cached.
 */
export function createSizedCache<V>(most: number, sizeOf: (value: V) => number) {
  const entries = new Map<string, { value: V; size: number }>();
  let total = 0;
  const drop = (key: string): void => {
    total -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  };
  return {
    drop,
    get(key: string): V | undefined {
      const found = entries.get(key);
      if (found === undefined) return undefined;
      // A map keeps the order of insertion, so its first entry is the least recently used.
      entries.delete(key);
      entries.set(key, found);
      return found.value;
    },
    set(key: string, value: V): void {
      drop(key);
      const size = sizeOf(value);
      if (size > most) return;
      entries.set(key, { value, size });
      total += size;
      for (const oldest of entries.keys()) {
        if (total <= most) return;
        drop(oldest);
      }
    },
  };
}
