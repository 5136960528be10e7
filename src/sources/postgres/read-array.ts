/**
 * Arrays as PostgreSQL writes them: `{1,NULL,"a \"b\""}`. An array with several dimensions, or that does not start at
 * 1, is not read as a list.
 * https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
import type { Cell, ReadText } from "../rows/kind.ts";

/**
 * Reads a list of what `read` reads; undefined for another shape, or if an element does not fit: then the whole array
 * goes to `_kept`.
 */
export function readArray(read: ReadText): ReadText {
  return (text) => {
    const words = wordsOf(text);
    if (words === undefined) return undefined;
    const cells: Cell[] = [];
    for (const word of words) {
      const cell = word === null ? null : read(word);
      if (cell === undefined) return undefined;
      cells.push(cell);
    }
    return cells;
  };
}

/** pgvector's `[1,2.5]`. */
export function readVector(text: string): Cell[] | undefined {
  if (!/^\[.*\]$/.test(text)) return undefined;
  const numbers = text.slice(1, -1).split(",").map(Number);
  return numbers.some(Number.isNaN) ? undefined : numbers;
}

const wordPattern = /"((?:[^"\\]|\\.)*)"|([^,{}"\\\s](?:[^,{}"\\]|\\.)*)/sy;

/** The elements, unescaped; null for NULL. */
function wordsOf(text: string): (string | null)[] | undefined {
  if (text === "{}") return [];
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  const words: (string | null)[] = [];
  let at = 1;
  while (at < text.length) {
    wordPattern.lastIndex = at;
    const match = wordPattern.exec(text);
    if (match === null) return undefined;
    const [whole, quoted, bare = ""] = match;
    words.push(quoted === undefined ? (bare === "NULL" ? null : unquoted(bare)) : unquoted(quoted));
    at += whole.length;
    const end = text[at++];
    if (end === "}") return at === text.length ? words : undefined;
    if (end !== ",") return undefined;
  }
  return undefined;
}

function unquoted(text: string): string {
  return text.includes("\\") ? text.replace(/\\(.)/gs, "$1") : text;
}
