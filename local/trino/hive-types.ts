/** The Glue types of a table's columns, as Trino reads them. */
import {
  array,
  bigint,
  boolean,
  date,
  decimal,
  double,
  integer,
  type Type,
  timestamp,
  varbinary,
  varchar,
} from "./types.ts";

const known: Record<string, Type> = {
  string: varchar,
  timestamp: timestamp(3),
  bigint,
  int: integer,
  boolean,
  double,
  date,
  binary: varbinary,
};

/** Undefined for a type that none of our tables has. */
export function hiveType(text: string): Type | undefined {
  const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(text) ?? [];
  if (precision !== undefined) return decimal(Number(precision), Number(scale));
  const [, item] = /^array<(.+)>$/.exec(text) ?? [];
  if (item === undefined) return known[text];
  const type = hiveType(item);
  return type && array(type);
}
