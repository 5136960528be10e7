/**
 * The hits of a search of Elasticsearch or OpenSearch, their documents as the texts that were sent: a parser of JSON would round large
 * numbers, and drop names that repeat.
 */

/** `source` is the document's own text, `sort` the list after which the next page begins. */
export type Hit = { index: string; id: string; source: string | null; sort: string };
export type SearchPage = {
  hits: Hit[];
  total: number | undefined;
  failedShards: number;
  isTimedOut: boolean;
  pitId: string | undefined;
};

/** Throws a SyntaxError for what is not JSON, and an Error for what is not an answer to a search. */
export function readSearchPage(text: string): SearchPage {
  const answer = membersOf(text);
  const hits = membersOf(answer.hits ?? "{}");
  const shards = membersOf(answer._shards ?? "{}");
  if (hits.hits === undefined || shards.failed === undefined) throw new Error("Cannot read an answer: it has no hits");
  const total = hits.total === undefined ? undefined : membersOf(hits.total);
  return {
    hits: itemsOf(hits.hits).map(readHit),
    total: total?.relation === '"eq"' ? Number(total.value) : undefined,
    failedShards: Number(shards.failed),
    isTimedOut: answer.timed_out !== "false",
    pitId: answer.pit_id === undefined ? undefined : String(JSON.parse(answer.pit_id)),
  };
}

function readHit(text: string): Hit {
  const { _index, _id, _source, sort } = membersOf(text);
  if (_index === undefined || _id === undefined || sort === undefined)
    throw new Error("Cannot read a hit: it has no index, id or sort");
  return { index: JSON.parse(_index), id: JSON.parse(_id), source: _source ?? null, sort };
}

/** The values of an object, each as the text that it is. */
function membersOf(text: string): Record<string, string | undefined> {
  const members: Record<string, string | undefined> = {};
  let at = expect(text, 0, "{");
  while (text[at] !== "}") {
    const nameEnd = endOfValue(text, at);
    const name: string = JSON.parse(text.slice(at, nameEnd));
    const start = expect(text, nameEnd, ":");
    const end = endOfValue(text, start);
    members[name] = text.slice(start, end);
    at = afterComma(text, end);
  }
  return members;
}

/** The items of a list, each as the text that it is. */
function itemsOf(text: string): string[] {
  const items: string[] = [];
  let at = expect(text, 0, "[");
  while (text[at] !== "]") {
    const end = endOfValue(text, at);
    items.push(text.slice(at, end));
    at = afterComma(text, end);
  }
  return items;
}

const space = /[ \t\n\r]*/y;
const plain = /[^",:[\]{}\s]+/y;
const untilBracket = /[^"[\]{}]*/y;

/** Where a match of `pattern` at a position ends. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  if (!pattern.test(text)) throw new SyntaxError(`Cannot read JSON at ${at}`);
  return pattern.lastIndex;
}

function expect(text: string, at: number, sign: string): number {
  const start = endOf(space, text, at);
  if (text[start] !== sign) throw new SyntaxError(`Cannot read JSON at ${start}: expected ${sign}`);
  return endOf(space, text, start + 1);
}

/** Past the comma behind a value, or at the bracket that ends the list. */
function afterComma(text: string, at: number): number {
  const next = endOf(space, text, at);
  if (text[next] === ",") return endOf(space, text, next + 1);
  if (text[next] === "}" || text[next] === "]") return next;
  throw new SyntaxError(`Cannot read JSON at ${next}`);
}

/** Behind the string that begins at `start`, of any length: a regular expression that knows escapes fails on a few MB. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  if (quote < 0) throw new SyntaxError("Cannot read JSON: it ends too early");
  return quote + 1;
}

/** Whether an odd number of backslashes is in front of a position. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === "\\") before--;
  return (at - before) % 2 === 0;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  if (text[start] !== "{" && text[start] !== "[") return endOf(plain, text, start);
  let [at, depth] = [start, 0];
  do {
    const sign = text[at];
    if (sign === undefined) throw new SyntaxError("Cannot read JSON: it ends too early");
    if (sign === '"') at = endOfString(text, at);
    else {
      depth += sign === "{" || sign === "[" ? 1 : -1;
      at++;
    }
    if (depth > 0) at = endOf(untilBracket, text, at);
  } while (depth > 0);
  return at;
}
