/**
 * Columns of a snapshot: how each is read, what replaces its values if they must stay secret, and where values go that
 * it cannot hold.
 */
import { createHmac } from "node:crypto";
import type { Cell, Kind, ReadText } from "../sources/rows/kind.ts";

/** A column as it is written: `read` turns texts into cells. */
export type Column = { name: string; kind: Kind; read: ReadText };

/** The column for values that their own columns cannot hold: JSON of their texts, by column; null if there are none. */
export const KEPT = "_kept";

/** `_kept`, and the partitions of a snapshot's folder: a reader shows these in the place of columns of the same name. */
const reserved = [KEPT, "source", "table", "dt", "hour"];

/** Names as the catalog uses them, in lower case; a name that is taken, such as `_kept`, gets a number. */
export function columnNames(names: readonly string[]): string[] {
  const taken = new Set(reserved);
  return names.map((name) => {
    const lower = name.toLowerCase();
    let free = lower;
    for (let n = 2; taken.has(free); n++) free = `${lower}__${n}`;
    taken.add(free);
    return free;
  });
}

/**
 * Replaces a value by a keyed digest: equal values stay equal, in all tables of all sources, and nobody without the key
 * can recover one.
 */
function pseudonym(key: string): ReadText {
  return (text) => createHmac("sha256", key).update(`snapshot\n${text}`).digest("hex").slice(0, 32);
}

/** Columns as they are written, with unique names; the values of `hidden` columns are replaced by digests. */
export function writtenColumns(columns: readonly Column[], hidden: readonly string[] = [], key: string): Column[] {
  const names = columnNames(columns.map(({ name }) => name));
  return columns.map((column, i) => {
    const name = names[i] ?? column.name;
    return hidden.includes(column.name)
      ? { name, kind: { is: "string" }, read: pseudonym(key) }
      : { name, kind: column.kind, read: column.read };
  });
}

/** Collects rows by column until they are written. */
export function createRowBatch(columns: readonly Column[]) {
  const none = (): Cell[][] => columns.map(() => []);
  let cells = none();
  let kept: (string | null)[] = [];
  let counts = new Map<string, number>();
  let bytes = 0;
  return {
    /** Adds a row of texts; null stands for null. */
    add(fields: readonly (string | null)[]): void {
      let aside: Record<string, string> | undefined;
      for (let i = 0; i < columns.length; i++) {
        const text = fields[i] ?? null;
        const column = columns[i];
        if (column === undefined) break;
        const cell = text === null ? null : column.read(text);
        if (cell === undefined && text !== null) {
          aside = { ...aside, [column.name]: text };
          counts.set(column.name, (counts.get(column.name) ?? 0) + 1);
        }
        cells[i]?.push(cell ?? null);
        bytes += (text?.length ?? 0) + 8;
      }
      kept.push(aside === undefined ? null : JSON.stringify(aside));
    },
    get rows() {
      return kept.length;
    },
    /** Roughly how much memory the rows take. */
    get bytes() {
      return bytes;
    },
    /** Returns what was collected, by column, `_kept` last, and starts again. */
    take(): { cells: Cell[][]; kept: ReadonlyMap<string, number> } {
      const taken = { cells: [...cells, kept], kept: counts };
      [cells, kept, counts, bytes] = [none(), [], new Map(), 0];
      return taken;
    },
  };
}
