/**
 * What a warm function keeps of what it has made or read: bounded, and forgotten whenever Lambda likes. The events of one page, and the
 * requests that follow one another, ask the same about the same URLs, browsers, ids, blocks and questions.
 */

// Longer texts come once, if ever, and a thousand of them would be the memory.
const MAX_KEY_LENGTH = 2048;

/** `make`, caching between `limit` and twice as many of its answers: those of the keys asked for last. */
export function cached<V>(limit: number, make: (key: string) => V): (key: string) => V {
  const cache = createCache<V>(limit);
  return (key) => {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    if (key.length <= MAX_KEY_LENGTH) cache.set(key, value);
    return value;
  };
}

/** Between `limit` and twice as many values, those used last: when the young ones fill up, they become the old ones. */
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

/** The values used last, as long as their sizes, as `sizeOf` says them, are `most` together. One that is larger is not taken. */
export function createSizedCache<V>(most: number, sizeOf: (value: V) => number) {
  const kept = new Map<string, { value: V; size: number }>();
  let total = 0;
  const drop = (key: string): void => {
    total -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  };
  return {
    drop,
    get(key: string): V | undefined {
      const found = kept.get(key);
      if (found === undefined) return undefined;
      // A map keeps the order of insertion: the first is the one not used for longest.
      kept.delete(key);
      kept.set(key, found);
      return found.value;
    },
    set(key: string, value: V): void {
      drop(key);
      const size = sizeOf(value);
      if (size > most) return;
      kept.set(key, { value, size });
      total += size;
      for (const oldest of kept.keys()) {
        if (total <= most) return;
        drop(oldest);
      }
    },
  };
}
