/**
 * What a PostgreSQL column becomes. Nothing is guessed: a type without an exact counterpart, or an unknown one, becomes
 * text.
 * https://www.postgresql.org/docs/current/datatype.html
 */
import { type Kind, MAX_PRECISION, type Scalar } from "../rows/kind.ts";

/** A type from the catalog, with domains resolved; `element` is the type of an array's elements. */
export type PostgresType = { name: string; typmod: number; element: string | undefined };

const scalars: Record<string, Scalar> = {
  int2: { is: "bigint" },
  int4: { is: "bigint" },
  int8: { is: "bigint" },
  oid: { is: "bigint" },
  float4: { is: "double" },
  float8: { is: "double" },
  bool: { is: "boolean" },
  timestamptz: { is: "timestamp", utc: true },
  timestamp: { is: "timestamp", utc: false },
  date: { is: "date" },
  bytea: { is: "binary" },
};

/** The kind of a column. `vector` is pgvector's; its text is a list of numbers in brackets. */
export function kindOf({ name, typmod, element }: PostgresType): Kind {
  if (name === "vector") return { is: "array", of: { is: "double" } };
  return element === undefined ? scalarOf(name, typmod) : { is: "array", of: scalarOf(element, typmod) };
}

function scalarOf(name: string, typmod: number): Scalar {
  if (name === "numeric") return decimalOf(typmod);
  return scalars[name] ?? { is: "string" };
}

/** numeric(p, s). Without both it is unbounded, and since version 15 a scale may be negative or above the precision. */
function decimalOf(typmod: number): Scalar {
  if (typmod < 4) return { is: "string" };
  const precision = ((typmod - 4) >> 16) & 0xffff;
  const scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  return precision <= MAX_PRECISION && scale >= 0 && scale <= precision
    ? { is: "decimal", precision, scale }
    : { is: "string" };
}
