/**
 * The words of a statement in Trino's SQL.
 * https://github.com/trinodb/trino/blob/476/core/trino-grammar/src/main/antlr4/io/trino/grammar/sql/SqlBase.g4
 */
import { AthenaFailure } from "../../athena/failure.ts";

export type Token = {
  kind: "name" | "quoted" | "string" | "number" | "bytes" | "symbol" | "end";
  /** A name in lower case, a string without its quotes, a number or a symbol as written. */
  text: string;
  /** As written in the statement. */
  source: string;
  /** Where it begins, in UTF-16 units. */
  at: number;
};

const blank = /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const patterns: [Token["kind"], RegExp][] = [
  ["bytes", /[xX]'[^']*'/y],
  ["string", /'[^']*(?:''[^']*)*'/y],
  ["quoted", /"[^"]*(?:""[^"]*)*"/y],
  ["number", /(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![\w$])/y],
  ["name", /[A-Za-z_][\w$]*/y],
  ["symbol", /->|<>|!=|<=|>=|\|\||[-+*/%=<>(),.[\]?:;]/y],
];

/** Number formats that only Trino has. */
const number = /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|\d+(?:_\d+)+/y;

/** A position in a statement, counted from 1, as Trino's messages begin. */
export function positionOf(statement: string, at: number): string {
  const before = statement.slice(0, at).split("\n");
  return `line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

/** The tokens of a statement, the last of which is its end. */
export function tokenize(statement: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skip(statement, 0); at < statement.length; ) {
    const token = tokenAt(statement, at);
    tokens.push(token);
    at = skip(statement, at + token.source.length);
  }
  return [...tokens, { kind: "end", text: "<EOF>", source: "<EOF>", at: statement.length }];
}

function skip(statement: string, at: number): number {
  blank.lastIndex = at;
  return blank.test(statement) ? blank.lastIndex : at;
}

function tokenAt(statement: string, at: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const source = pattern.exec(statement)?.[0];
    if (source !== undefined) return { kind, text: textOf(kind, source), source, at };
  }
  number.lastIndex = at;
  const found = number.exec(statement)?.[0];
  if (found !== undefined) {
    const what = `${positionOf(statement, at)}: Local Athena does not have this form of a number: ${found}`;
    throw new AthenaFailure("NOT_SUPPORTED", what);
  }
  throw new AthenaFailure(
    "SYNTAX_ERROR",
    `${positionOf(statement, at)}: mismatched input '${[...statement.slice(at, at + 2)][0]}'`,
  );
}

function textOf(kind: Token["kind"], source: string): string {
  if (kind === "name") return source.toLowerCase();
  if (kind === "string") return source.slice(1, -1).replaceAll("''", "'");
  // Trino's names are case-insensitive, even in quotes.
  if (kind === "quoted") return source.slice(1, -1).replaceAll('""', '"').toLowerCase();
  return kind === "bytes" ? source.slice(2, -1) : source;
}
