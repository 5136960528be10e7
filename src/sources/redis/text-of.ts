/** Bytes as text if they are UTF-8; otherwise undefined. */
export function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  // Decoding replaces invalid bytes by this character, and keeps one that was really in the text.
  return text.includes("\uFFFD") && !Buffer.from(text).equals(bytes) ? undefined : text;
}
