/** How a PostgreSQL column is read, derived from the catalog's description. */
import type { Kind, ReadText } from "../rows/kind.ts";
import { readerOf } from "../rows/read-text.ts";
import { kindOf } from "./column-type.ts";
import { readArray, readVector } from "./read-array.ts";
import type { CatalogColumn } from "./statements.ts";

/** The column's kind, and the reader of its texts. */
export function readColumn({ type, typmod, element }: CatalogColumn): { kind: Kind; read: ReadText } {
  const kind = kindOf({ name: type, typmod: Number(typmod), element: element ?? undefined });
  if (type === "vector") return { kind, read: readVector };
  return { kind, read: kind.is === "array" ? readArray(readerOf(kind.of)) : readerOf(kind) };
}
