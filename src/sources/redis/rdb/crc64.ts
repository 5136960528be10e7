/**
 * The checksum of RDB files: CRC-64 with the polynomial of Jones, reflected, beginning with 0; eight bytes at a time,
 * in halves of 32 bits.
 */

const [HIGH, LOW] = [0x95ac9329, 0xac4bc9b5];
const BYTES = 8;
/** For each of eight places of a byte, and each byte: its part of the checksum, the low and the high half. */
const table = new Int32Array(BYTES * 256 * 2);
for (let byte = 0; byte < 256; byte++) {
  let [low, high] = [byte, 0];
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (isOdd) [low, high] = [low ^ LOW, high ^ HIGH];
  }
  [table[2 * byte], table[2 * byte + 1]] = [low, high];
}
for (let i = 256; i < BYTES * 256; i++) {
  const [low, high] = [at(2 * (i - 256)), at(2 * (i - 256) + 1)];
  const byte = low & 255;
  table[2 * i] = ((low >>> 8) | (high << 24)) ^ at(2 * byte);
  table[2 * i + 1] = (high >>> 8) ^ at(2 * byte + 1);
}

function at(i: number): number {
  return table[i] ?? 0;
}

export function createCrc64() {
  let [low, high] = [0, 0];
  return {
    add(bytes: Buffer): void {
      let i = 0;
      for (; i + BYTES <= bytes.length; i += BYTES) {
        low ^= bytes.readInt32LE(i);
        high ^= bytes.readInt32LE(i + 4);
        const [a, b] = [low, high];
        [low, high] = [0, 0];
        // The first byte is the farthest from the end.
        for (let byte = 0; byte < 4; byte++) {
          const first = 2 * ((7 - byte) * 256 + ((a >>> (8 * byte)) & 255));
          const second = 2 * ((3 - byte) * 256 + ((b >>> (8 * byte)) & 255));
          low ^= at(first) ^ at(second);
          high ^= at(first + 1) ^ at(second + 1);
        }
      }
      for (; i < bytes.length; i++) {
        const byte = 2 * ((low ^ (bytes[i] ?? 0)) & 255);
        low = ((low >>> 8) | (high << 24)) ^ at(byte);
        high = (high >>> 8) ^ at(byte + 1);
      }
    },
    get value(): bigint {
      return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
    },
  };
}
