/** Reads tokens one by one, for the parsers. */
import { AthenaFailure } from "../../athena/failure.ts";
import type { Expression, Query } from "./syntax.ts";
import { positionOf, type Token, tokenize } from "./tokens.ts";

/** Trino's reserved words, which cannot be names without quotes. https://trino.io/docs/476/language/reserved.html */
const reserved = new Set(
  `alter and as auto between by case cast constraint create cross cube current_catalog current_date current_path current_role
   current_schema current_time current_timestamp current_user deallocate delete describe distinct drop else end escape except
   exists extract false for from full group grouping having in inner insert intersect into is join json_array json_exists
   json_object json_query json_table json_value left like listagg localtime localtimestamp natural normalize not null on or order
   outer prepare recursive right rollup select skip table then trim true uescape union unnest using values when where with`.split(
    /\s+/,
  ),
);

/** The outer parsers, which inner ones call recursively. */
export type Readers = {
  expression(cursor: Cursor): Expression;
  value(cursor: Cursor): Expression;
  query(cursor: Cursor): Query;
};

export class Cursor {
  readonly statement: string;
  private readonly readers: Readers;
  private readonly tokens: Token[];
  private index = 0;

  constructor(statement: string, readers: Readers) {
    this.statement = statement;
    this.readers = readers;
    this.tokens = tokenize(statement);
  }

  expression(): Expression {
    return this.readers.expression(this);
  }

  /** An expression that binds more tightly than a comparison. */
  value(): Expression {
    return this.readers.value(this);
  }

  query(): Query {
    return this.readers.query(this);
  }

  peek(ahead = 0): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)] as Token;
  }

  get at(): number {
    return this.peek().at;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.index++;
    return token;
  }

  /** Whether these words or symbols come next. */
  sees(...words: string[]): boolean {
    return words.every((word, i) => isWord(this.peek(i), word));
  }

  /** Consumes these words or symbols if they come next. */
  takes(...words: string[]): boolean {
    if (!this.sees(...words)) return false;
    this.index += words.length;
    return true;
  }

  expect(...words: string[]): void {
    for (const word of words) if (!this.takes(word)) throw this.mismatch();
  }

  /** Consumes a symbol if it is one of these. */
  takesSymbol(symbols: ReadonlySet<string>): string | undefined {
    const { kind, text } = this.peek();
    return kind === "symbol" && symbols.has(text) ? this.next().text : undefined;
  }

  seesName(ahead = 0): boolean {
    const { kind, text } = this.peek(ahead);
    return kind === "quoted" || (kind === "name" && !reserved.has(text));
  }

  name(): { text: string; shown: string } {
    if (!this.seesName()) throw this.mismatch();
    const { text, source, kind } = this.next();
    return { text, shown: kind === "quoted" ? source.slice(1, -1).replaceAll('""', '"') : source };
  }

  string(): string {
    if (this.peek().kind !== "string") throw this.mismatch();
    return this.next().text;
  }

  integer(): number {
    const { kind, text } = this.peek();
    if (kind !== "number" || !/^\d+$/.test(text)) throw this.mismatch();
    this.next();
    return Number(text);
  }

  /** A comma-separated list with at least one element. */
  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.takes(",")) items.push(read());
    return items;
  }

  mismatch(): AthenaFailure {
    const { source, at } = this.peek();
    return new AthenaFailure("SYNTAX_ERROR", `${this.position(at)}: mismatched input '${source}'`);
  }

  position(at = this.at): string {
    return positionOf(this.statement, at);
  }

  refuse(what: string, at = this.at): AthenaFailure {
    return new AthenaFailure("NOT_SUPPORTED", `${this.position(at)}: Local Athena does not have ${what}`);
  }
}

function isWord({ kind, text }: Token, word: string): boolean {
  return text.length === word.length && (kind === "name" || kind === "symbol") && text === word.toLowerCase();
}
