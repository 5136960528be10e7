/** Rows by question in this container's memory, in front of DynamoDB: the last used, up to a size. */

const MOST_CHARACTERS = 16_000_000;

export type KeptRows<Row> = ReturnType<typeof createKeptRows<Row>>;

/** `sizeOf` says about how many characters a row takes. */
export function createKeptRows<Row>(sizeOf: (row: Row) => number, most = MOST_CHARACTERS) {
  const kept = new Map<string, { rows: readonly Row[]; size: number }>();
  let total = 0;
  const drop = (hash: string) => {
    total -= kept.get(hash)?.size ?? 0;
    kept.delete(hash);
  };
  return {
    drop,
    get(hash: string): readonly Row[] | undefined {
      const found = kept.get(hash);
      if (found === undefined) return undefined;
      // A map keeps the order of insertion: the first is the one not used for longest.
      kept.delete(hash);
      kept.set(hash, found);
      return found.rows;
    },
    set(hash: string, rows: readonly Row[]): void {
      drop(hash);
      const size = 100 + rows.reduce((sum, row) => sum + sizeOf(row), 0);
      if (size > most) return;
      kept.set(hash, { rows, size });
      total += size;
      for (const oldest of kept.keys()) {
        if (total <= most) return;
        drop(oldest);
      }
    },
  };
}
