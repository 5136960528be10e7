/**
 * The filter of GetPartitions: comparisons of partition keys, which are strings here, joined by AND, OR and NOT.
 * https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html#Glue-GetPartitions-request-Expression
 */
import { AwsError } from "../endpoint/aws-error.ts";

/** A partition's values by key name. */
export type Values = Record<string, string>;
export type Filter = (values: Values) => boolean;

type Tokens = { next(): string | undefined; take(): string; accept(...words: string[]): boolean };

const comparisons: Record<string, (a: string, b: string) => boolean> = {
  "=": (a, b) => a === b,
  "<>": (a, b) => a !== b,
  "!=": (a, b) => a !== b,
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
};

/** Reads an expression; without one, all partitions match. Throws an AwsError for one that it does not understand. */
export function readExpression(text: string | undefined, keys: string[]): Filter {
  if (text === undefined || text.trim() === "") return () => true;
  const tokens = tokenize(text);
  const filter = readOr(tokens, keys);
  if (tokens.next() === undefined) return filter;
  throw unexpected(tokens.next());
}

function tokenize(text: string): Tokens {
  const pattern = /\s*('(?:[^']|'')*'|"[^"]*"|`[^`]*`|<>|!=|>=|<=|[=<>(),]|[\w.-]+)/gy;
  const all: string[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    all.push(match[1] ?? "");
    at = match.index + match[0].length;
  }
  if (text.slice(at).trim() !== "") throw unexpected(text.slice(at).trim());
  let position = 0;
  return {
    next: () => all[position],
    take: () => all[position++] ?? fail("the end"),
    accept: (...words) => {
      const is = words.every((word, index) => all[position + index]?.toUpperCase() === word);
      if (is) position += words.length;
      return is;
    },
  };
}

function readOr(tokens: Tokens, keys: string[]): Filter {
  const parts = [readAnd(tokens, keys)];
  while (tokens.accept("OR")) parts.push(readAnd(tokens, keys));
  return (values) => parts.some((part) => part(values));
}

function readAnd(tokens: Tokens, keys: string[]): Filter {
  const parts = [readNot(tokens, keys)];
  while (tokens.accept("AND")) parts.push(readNot(tokens, keys));
  return (values) => parts.every((part) => part(values));
}

function readNot(tokens: Tokens, keys: string[]): Filter {
  if (tokens.accept("NOT")) return not(readNot(tokens, keys));
  if (!tokens.accept("(")) return readComparison(tokens, keys);
  const inner = readOr(tokens, keys);
  return tokens.accept(")") ? inner : fail(tokens.next());
}

function readComparison(tokens: Tokens, keys: string[]): Filter {
  const name = tokens.take();
  const key = keys.find((one) => one === unquote(name).toLowerCase()) ?? fail(name);
  const isNot = tokens.accept("NOT");
  const compare = readTest(tokens);
  const filter: Filter = (values) => compare(values[key] ?? "");
  return isNot ? not(filter) : filter;
}

function readTest(tokens: Tokens): (value: string) => boolean {
  if (tokens.accept("BETWEEN")) {
    const low = unquote(tokens.take());
    if (!tokens.accept("AND")) return fail(tokens.next());
    const high = unquote(tokens.take());
    return (value) => low <= value && value <= high;
  }
  if (tokens.accept("IN", "(")) return readList(tokens);
  if (tokens.accept("LIKE")) return like(unquote(tokens.take()));
  const sign = tokens.take();
  const compare = comparisons[sign] ?? fail(sign);
  const bound = unquote(tokens.take());
  return (value) => compare(value, bound);
}

function readList(tokens: Tokens): (value: string) => boolean {
  const list = [unquote(tokens.take())];
  while (tokens.accept(",")) list.push(unquote(tokens.take()));
  return tokens.accept(")") ? (value) => list.includes(value) : fail(tokens.next());
}

function like(pattern: string): (value: string) => boolean {
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  const expression = new RegExp(`^${source}$`, "s");
  return (value) => expression.test(value);
}

function not(filter: Filter): Filter {
  return (values) => !filter(values);
}

function unquote(token: string): string {
  return token.startsWith("'") ? token.slice(1, -1).replaceAll("''", "'") : token.replace(/^["`]|["`]$/g, "");
}

function fail(token: string | undefined): never {
  throw unexpected(token);
}

function unexpected(token: string | undefined): AwsError {
  return new AwsError("InvalidInputException", `Unsupported expression: unexpected "${token ?? "the end"}"`);
}
