/**
 * The template of a log message: the message without its numbers, ids, addresses and quoted texts, so that logs can be
 * counted by what they say. `Payment 4711 of "anna" failed after 3.2 s` becomes `Payment * of * failed after * s`.
 */

const MAX_TEMPLATE_LENGTH = 200;
/** Only the start of a message is used: the rest of a long one is a stack trace or a body. */
const MAX_READ_LENGTH = 1000;

const variableParts = [
  /"[^"\n]*"|'[^'\n]*'|`[^`\n]*`/g,
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi,
  /\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g,
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi,
  // A word with a digit in it: numbers, times, hexadecimal digests, numbered host names, base64.
  /[\w+/=.:%-]*\d[\w+/=.:%-]*/g,
];

/** The template of a message, from its first line only. */
export function messageTemplate(message: string): string {
  const line = message.slice(0, MAX_READ_LENGTH).replace(/\n.*/s, "");
  const template = variableParts.reduce((text, part) => text.replace(part, "*"), line);
  return template
    .replace(/\*(?:[\s,]*\*)+/g, "*")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, MAX_TEMPLATE_LENGTH);
}
