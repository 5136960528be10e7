/** Which keys were seen before, by 64 bits of each key's digest, in 8 to 16 bytes per key. */
import { hash } from "node:crypto";

export function createSeenKeys() {
  let slots = new BigUint64Array(1 << 12);
  let count = 0;
  const put = (into: BigUint64Array, digest: bigint): boolean => {
    const mask = into.length - 1;
    let at = Number(digest & 0xffffffffn) & mask;
    while (into[at] !== 0n) {
      if (into[at] === digest) return false;
      at = (at + 1) & mask;
    }
    into[at] = digest;
    return true;
  };
  return {
    /** False if it was added before. */
    add(key: Buffer): boolean {
      if (count * 4 > slots.length * 3) {
        const larger = new BigUint64Array(slots.length * 2);
        for (const digest of slots) if (digest !== 0n) put(larger, digest);
        slots = larger;
      }
      // 0 marks an empty slot.
      const isNew = put(slots, hash("md5", key, "buffer").readBigUInt64BE() | 1n);
      if (isNew) count++;
      return isNew;
    },
    get count() {
      return count;
    },
  };
}
