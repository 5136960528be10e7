/**
 * A pure function that keeps its latest answers. The events of one page, and the requests that follow one another on a warm
 * Lambda, ask the same about the same URLs, browsers and ids.
 */

// Longer texts come once, if ever, and a thousand of them would be the memory.
const MAX_KEY_LENGTH = 2048;

/** `make`, remembering between `limit` and twice as many of the keys asked for last: when the young ones fill up, they become the old ones. */
export function remember<V>(limit: number, make: (key: string) => V): (key: string) => V {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  return (key) => {
    const known = young.get(key);
    if (known !== undefined) return known;
    const value = old.get(key) ?? make(key);
    if (key.length > MAX_KEY_LENGTH) return value;
    if (young.size >= limit) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
    return value;
  };
}
