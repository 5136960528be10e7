/**
 * JSON from outside as values that code may walk through by calling itself for each level, as JSON.stringify does: text
 * may be nested more deeply than any stack. Deeper levels become a word, and events that had them are refused when they
 * are checked, since properties may have far fewer levels (src/collect/event/properties.ts).
 */
import { parseExact } from "../schemas/exact-json.ts";

const MAX_LEVELS = 100;
/** What stands in the place of deeper levels. */
const TOO_DEEP = "[nested too deeply]";

/** The value of a JSON text, its numbers digit for digit. Throws a SyntaxError, like `JSON.parse`. */
export function parseBounded(text: string): unknown {
  const value = parseExact(text);
  // A level takes two characters.
  if (text.length > 2 * MAX_LEVELS && isHolder(value)) cutBelow(value, MAX_LEVELS);
  return value;
}

/** Changes the value itself. */
function cutBelow(holder: object, levels: number): void {
  // All fields are its own: this has a prototype without any that could be listed.
  for (const key in holder) {
    const inner: unknown = holder[key as keyof typeof holder];
    if (!isHolder(inner)) continue;
    if (levels > 1) cutBelow(inner, levels - 1);
    else Object.defineProperty(holder, key, { value: TOO_DEEP, enumerable: true });
  }
}

function isHolder(value: unknown): value is object {
  return typeof value === "object" && value !== null && !JSON.isRawJSON(value);
}
