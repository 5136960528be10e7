/**
 * Patterns that Trino's engine (Joni, with Java's syntax) and DuckDB's (RE2) read in the same way, and JSON paths.
 * Anything that they would read differently is refused.
 * https://trino.io/docs/476/functions/regexp.html
 */
import { invalidArgument, notSupported } from "../typed.ts";

const plainEscape = String.raw`\\(?:[dDwW]|[tnr]|[^A-Za-z0-9\s])`;
/** Java's white space; RE2 does not include the vertical tab. */
const blanks = String.raw`\t\n\v\f\r `;
type Part = [pattern: RegExp, means: (part: string) => string];
const refuse = (what: string) => (part: string) => {
  throw notSupported(`${what} in a pattern (${part})`);
};
const parts: Part[] = [
  [/\\s/y, () => `[${blanks}]`],
  [/\\S/y, () => `[^${blanks}]`],
  [new RegExp(plainEscape, "y"), (part) => part],
  [/\\Q|\\E|\\[pP]/y, refuse("classes of Unicode or quotations")],
  [/\\[1-9k]/y, refuse("references to a group")],
  [/\\[\s\S]?/y, refuse("this escape")],
  // Only at the start: elsewhere the two engines disagree on its scope.
  [/^\(\?i\)/y, (part) => part],
  [/\(\?:/y, (part) => part],
  [/\(\?/y, refuse("lookaround, names and flags")],
  [/[*+?}]\+/y, refuse("possessive quantifiers")],
  [new RegExp(String.raw`\[\^?(?:${plainEscape}|\\s|[^\\[\]&])+\]`, "y"), readClass],
  [/\[/y, refuse("this class of characters")],
  [/[\s\S]/y, (part) => part],
];

/** A character class; a range has single characters at both ends. */
function readClass(part: string): string {
  const members =
    part
      .slice(1, -1)
      .replace(/^\^/, "")
      .match(/\\?[\s\S]/g) ?? [];
  const isMany = (member = "") => /^\\[dDwWs]$/.test(member);
  const isWrong = members.some(
    (member, i) =>
      member === "-" && i > 0 && i < members.length - 1 && (isMany(members[i - 1]) || isMany(members[i + 1])),
  );
  if (isWrong) throw notSupported(`a range from or to a class in a pattern (${part})`);
  return part.replaceAll("\\s", blanks);
}

/**
 * RE2's class of characters that are several letters, or have a third form, when case is ignored: `ß` is `ss` for
 * Trino.
 */
export const severalForms = String.raw`[ßİıŉſǰΐΰև\x{1C80}-\x{1C8A}\x{1E96}-\x{1E9E}\x{1F50}-\x{1FFC}\x{212A}\x{212B}\x{FB00}-\x{FB17}]`;

/**
 * Whether both engines find the same forms of a character when case is ignored: characters without case, and these
 * pairs.
 */
function foldsAlike(one: string): boolean {
  if (one.toLowerCase() === one && one.toUpperCase() === one) return true;
  return /^[A-Za-z\u00c0-\u017eЀ-џ]$/.test(one) && !/^[ßİıŉ]$/.test(one);
}

/** Refuses characters under `(?i)` that the engines may fold differently, including those within a range. */
function checkFolds(given: string): void {
  const isWrong = [...given.matchAll(/([\s\S])-([\s\S])|[\s\S]/gu)].some(([one, from = one, to = one]) => {
    const [first, last] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
    const codes = Array.from({ length: Math.max(0, last - first) + 1 }, (_, i) => first + i);
    return ![...codes, last].every((code) => foldsAlike(String.fromCodePoint(code)));
  });
  if (isWrong) throw notSupported(`such letters in a pattern without regard to case: ${given}`);
}

/**
 * `text` is RE2's pattern; `hasEnd` says whether there is a `$`, which for Trino may come before a final line break;
 * `folds` says whether the pattern starts with `(?i)`.
 */
export type Pattern = { text: string; groups: number; hasEnd: boolean; matchesNothing: boolean; folds: boolean };

/** A pattern that means the same to both engines. */
export function readPattern(given: string): Pattern {
  const folds = given.startsWith("(?i)");
  if (folds) checkFolds(given);
  const pattern: Pattern = { text: "", groups: 0, hasEnd: false, matchesNothing: false, folds };
  for (let at = 0; at < given.length; ) {
    const { part, text } = partAt(given, at);
    if (part === "(") pattern.groups++;
    if (part === "$") pattern.hasEnd = true;
    pattern.text += text;
    at += part.length;
  }
  try {
    pattern.matchesNothing = new RegExp(given.replace(/^\(\?i\)/, "")).test("");
  } catch {
    throw invalidArgument(`Invalid pattern: ${given}`);
  }
  return pattern;
}

function partAt(text: string, at: number): { part: string; text: string } {
  for (const [pattern, means] of parts) {
    pattern.lastIndex = at;
    const part = pattern.exec(text)?.[0];
    if (part !== undefined) return { part, text: means(part) };
  }
  return { part: text.slice(at), text: text.slice(at) };
}

/** A replacement, in which Trino writes $1 for a group, and RE2 \1. */
export function readReplacement(text: string, { groups }: Pattern): string {
  return text.replace(/\\([\s\S]?)|\$(\d?)/g, (part, character?: string, group?: string) => {
    if (character !== undefined) return character === "\\" ? String.raw`\\` : character;
    if (group === "" || group === undefined) throw notSupported(`"${part}" in a replacement: ${text}`);
    if (Number(group) > groups) throw invalidArgument(`Illegal replacement sequence: unknown group ${group}`);
    return `\\${group}`;
  });
}

const step = /\.([A-Za-z_]\w*)|\["([^"\\]*)"\]|\[(\d+)\]/y;

/**
 * One of Trino's paths, `$.a["b c"][0]`, in DuckDB's form, and the paths that it takes for arrays.
 * https://trino.io/docs/476/functions/json.html#json-extract
 */
export function readJsonPath(given: string): { text: string; arrays: string[] } {
  if (!given.startsWith("$")) throw invalidArgument(`Invalid JSON path: '${given}'`);
  let text = "$";
  const arrays: string[] = [];
  for (let at = 1; at < given.length; ) {
    step.lastIndex = at;
    const found = step.exec(given);
    const name = found?.[1] ?? found?.[2];
    if (!found || /^\d+$/.test(name ?? "")) throw notSupported(`this JSON path: '${given}'`);
    if (name === undefined) arrays.push(text);
    text += name === undefined ? `[${Number(found[3])}]` : `."${name}"`;
    at += found[0].length;
  }
  return { text, arrays };
}
