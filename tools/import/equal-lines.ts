/**
 * Whether files of one import hold equal lines. These count once, which is right for a copy of a file, and wrong for
 * two servers that were asked the same in the same second: nobody but the owner knows which it is.
 */

/** As many lines are remembered: some 20 MB. Of larger logs not all equal lines are found, but some. */
const MOST_LINES = 500_000;

export type EqualLines = {
  /** For the next file: `add` takes a line's digest, `count` says how many of its lines were in the files before. */
  nextFile(): { add(digest: string): void; count(): number };
};

export function createEqualLines(most = MOST_LINES): EqualLines {
  const before = new Set<number>();
  return {
    nextFile() {
      const own = new Set<number>();
      let count = 0;
      return {
        add(digest) {
          const number = Number.parseInt(digest.slice(0, 13), 16);
          if (before.has(number)) count++;
          if (before.size + own.size < most) own.add(number);
        },
        count() {
          for (const number of own) before.add(number);
          return count;
        },
      };
    },
  };
}
