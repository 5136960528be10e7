/** Passages that occur more than once: the same consecutive lines of code, whatever their indentation. */

/** Shorter runs are equal by chance: the ends of two calls, two lists of fields. */
const shortest = 8;

export type Duplicates = { blocks: number; lines: number };

/**
 * `files` holds the lines of each file, trimmed and without comments and imports. The first occurrence counts as well
 * as its copies.
 */
export function findDuplicates(files: string[][]): Duplicates {
  const seen = new Map<string, number>();
  for (const lines of files) for (const window of windows(lines)) seen.set(window, (seen.get(window) ?? 0) + 1);
  const found = files.flatMap((lines) => coveredRuns(lines, (window) => (seen.get(window) ?? 0) > 1));
  return { blocks: found.length, lines: found.reduce((sum, length) => sum + length, 0) };
}

function windows(lines: string[]): string[] {
  return lines.slice(shortest - 1).map((_, at) => lines.slice(at, at + shortest).join("\n"));
}

/** The lengths of the runs that repeated windows together cover. */
function coveredRuns(lines: string[], isRepeated: (window: string) => boolean): number[] {
  const runs: { from: number; to: number }[] = [];
  windows(lines).forEach((window, from) => {
    if (!isRepeated(window)) return;
    const last = runs.at(-1);
    if (last && from <= last.to) last.to = from + shortest;
    else runs.push({ from, to: from + shortest });
  });
  return runs.map(({ from, to }) => to - from);
}
