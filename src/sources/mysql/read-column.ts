/**
 * What a column of MySQL or MariaDB becomes, and how it is selected. Nothing is guessed: an unknown type becomes its
 * own text. https://dev.mysql.com/doc/refman/8.4/en/data-types.html
 */
import { type Kind, MAX_PRECISION, type ReadText } from "../rows/kind.ts";
import { readerOf } from "../rows/read-text.ts";
import { readBits, readFloats, readGeometry } from "./read-bytes.ts";
import type { Form } from "./statements.ts";

/** A column as the catalog describes it. */
export type MysqlColumn = {
  name: string;
  /** Its bare type (`bigint`), and the full one (`bigint(20) unsigned`). */
  type: string;
  written: string;
  extra: string;
  precision: string | null;
  scale: string | null;
};

type Read = { kind: Kind; form: Form; read: ReadText };

/** The column's kind, the form in which it is selected, and the reader of its values. */
export function readMysqlColumn(column: MysqlColumn): Read {
  const type = column.type.toLowerCase();
  return (special[type] ?? (() => byKind({ is: "string" })))(column);
}

/** An invisible column: it is read only if it is named. */
export function isInvisible({ extra }: MysqlColumn): boolean {
  return /\bINVISIBLE\b/i.test(extra);
}

const bigint = () => byKind({ is: "bigint" });
const bytes = () => byKind({ is: "binary" }, "bytes");
const geometry = (): Read => ({ kind: { is: "binary" }, form: "bytes", read: readGeometry });

const special: Record<string, (column: MysqlColumn) => Read> = {
  tinyint: bigint,
  smallint: bigint,
  mediumint: bigint,
  int: bigint,
  bigint: ({ written }) => (/unsigned/i.test(written) ? byKind({ is: "decimal", precision: 20, scale: 0 }) : bigint()),
  year: bigint,
  decimal: ({ precision, scale }) => decimal(Number(precision), Number(scale)),
  float: () => byKind({ is: "double" }, "number"),
  double: () => byKind({ is: "double" }),
  date: () => byKind({ is: "date" }),
  datetime: () => byKind({ is: "timestamp", utc: false }),
  timestamp: () => byKind({ is: "timestamp", utc: true }),
  enum: readEnum,
  set: () => ({
    kind: { is: "array", of: { is: "string" } },
    form: "text",
    read: (text) => (text === "" ? [] : text.split(",")),
  }),
  bit: ({ precision, written }) => {
    const digits = Number(precision ?? /\d+/.exec(written)?.[0]);
    return { kind: { is: "string" }, form: "bytes", read: readBits(digits) };
  },
  binary: bytes,
  varbinary: bytes,
  tinyblob: bytes,
  blob: bytes,
  mediumblob: bytes,
  longblob: bytes,
  vector: () => ({ kind: { is: "array", of: { is: "double" } }, form: "bytes", read: readFloats }),
  geometry,
  point: geometry,
  linestring: geometry,
  polygon: geometry,
  multipoint: geometry,
  multilinestring: geometry,
  multipolygon: geometry,
  geometrycollection: geometry,
  geomcollection: geometry,
};

function byKind(kind: Exclude<Kind, { is: "array" }>, form: Form = "text"): Read {
  return { kind, form, read: readerOf(kind) };
}

function decimal(precision: number, scale: number): Read {
  return byKind(precision <= MAX_PRECISION ? { is: "decimal", precision, scale } : { is: "string" });
}

/** An empty text represents an invalid value, unless it is a member itself. */
function readEnum({ written }: MysqlColumn): Read {
  const members = [...written.matchAll(/'((?:[^']|'')*)'/g)].map(([, member]) => member);
  const hasEmpty = members.includes("");
  return { kind: { is: "string" }, form: "text", read: (text) => (text === "" && !hasEmpty ? undefined : text) };
}
