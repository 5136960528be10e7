/** Rows by question in this container's memory, in front of the table: the last used, up to a size. */

const MOST_CHARACTERS = 16_000_000;

/** `sizeOf` says about how many characters a row takes. */
export function createRowCache<Row>(sizeOf: (row: Row) => number, most = MOST_CHARACTERS) {
  const cached = new Map<string, { rows: readonly Row[]; size: number }>();
  let total = 0;
  const drop = (hash: string) => {
    total -= cached.get(hash)?.size ?? 0;
    cached.delete(hash);
  };
  return {
    drop,
    get(hash: string): readonly Row[] | undefined {
      const found = cached.get(hash);
      if (found === undefined) return undefined;
      // A map keeps the order of insertion: the first is the one not used for longest.
      cached.delete(hash);
      cached.set(hash, found);
      return found.rows;
    },
    set(hash: string, rows: readonly Row[]): void {
      drop(hash);
      const size = 100 + rows.reduce((sum, row) => sum + sizeOf(row), 0);
      if (size > most) return;
      cached.set(hash, { rows, size });
      total += size;
      for (const oldest of cached.keys()) {
        if (total <= most) return;
        drop(oldest);
      }
    },
  };
}
