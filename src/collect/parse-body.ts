/**
 * Parses JSON from outside. `JSON.parse` handles any nesting, but recursive code that works on its result does not, and
 * takes long to run out of stack. So everything nested deeper than what could be accepted is cut off once, here.
 */
import { parseExact } from "../schemas/exact-json.ts";

/** Levels of objects and arrays that are kept; an envelope with an event with its properties has 13. */
export const MAX_BODY_DEPTH = 100;
const CUT_OFF = "…";

/** What `parseExact` makes of a text, with a text in place of anything nested too deep. Throws a SyntaxError. */
export function parseBody(text: string): unknown {
  const json = parseExact(text);
  return isNestedDeeper(text, MAX_BODY_DEPTH) ? cutOff(json, MAX_BODY_DEPTH) : json;
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Whether a JSON text nests objects and arrays in more than so many levels; `[[]]` has two. */
export function isNestedDeeper(json: string, levels: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === quote) at = endOfString(json, at + 1);
    else if (char === openBracket || char === openBrace) {
      if (++depth > levels) return true;
    } else if (char === closeBracket || char === closeBrace) depth--;
  }
  return false;
}

function endOfString(json: string, start: number): number {
  for (let at = start; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (char === quote) return at;
    if (char === backslash) at++;
  }
  return json.length;
}

function cutOff(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return value;
  if (levels === 0) return CUT_OFF;
  if (Array.isArray(value)) return value.map((one) => cutOff(one, levels - 1));
  const copy = Object.create(null) as Record<string, unknown>; // no prototype, so `__proto__` is only a key
  for (const [key, one] of Object.entries(value)) copy[key] = cutOff(one, levels - 1);
  return copy;
}
