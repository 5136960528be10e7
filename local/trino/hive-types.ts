/** The Glue types of a table's columns, as Trino reads them. */
import { array, bigint, boolean, date, decimal, double, integer, type Type, timestamp, varchar } from "./types.ts";

const known: Record<string, Type> = {
  string: varchar,
  timestamp: timestamp(3),
  bigint,
  int: integer,
  boolean,
  double,
  date,
  "array<bigint>": array(bigint),
};

/** Undefined for a type that none of our tables has. */
export function hiveType(text: string): Type | undefined {
  const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(text) ?? [];
  return precision === undefined ? known[text] : decimal(Number(precision), Number(scale));
}
