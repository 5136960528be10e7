/** Bytes as text, if they are UTF-8; undefined for others. */
export function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  // Decoding puts this character in the place of what is wrong, and leaves it where it was meant.
  return text.includes("\uFFFD") && !Buffer.from(text).equals(bytes) ? undefined : text;
}
