/** Unpacks LZF, with which Redis packs long strings. http://oldhome.schmorp.de/marc/liblzf.html */

/** Throws a RangeError if it is not `length` bytes. */
export function unpackLzf(packed: Buffer, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let [from, to] = [0, 0];
  const next = () => packed[from++] ?? 0;
  while (from < packed.length) {
    const control = next();
    if (control < 32) {
      // Bytes as they are.
      packed.copy(bytes, to, from, from + control + 1);
      from += control + 1;
      to += control + 1;
      continue;
    }
    // A copy of earlier bytes, which may overlap what it makes.
    let count = control >> 5;
    if (count === 7) count += next();
    let source = to - ((control & 31) << 8) - next() - 1;
    const end = to + count + 2;
    if (source < 0 || end > length) break;
    while (to < end) bytes[to++] = bytes[source++] ?? 0;
  }
  if (to !== length || from !== packed.length) throw new RangeError("Cannot unpack a string of an RDB file");
  return bytes;
}
