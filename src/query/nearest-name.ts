/** Guesses which name was meant by a mistyped one, so that `form=2026-01-01` is answered with a hint at `from`. */

/**
 * The known name that is one typo away (a letter too many, missing, wrong, or swapped with the next), or two for longer
 * names.
 */
export function nearestName(written: string, known: readonly string[]): string | undefined {
  const distances = known.map((name) => ({ name, slips: slipsBetween(written.toLowerCase(), name) }));
  const [best] = distances.sort((a, b) => a.slips - b.slips);
  return best !== undefined && best.slips <= (best.name.length > 4 ? 2 : 1) ? best.name : undefined;
}

/** What other APIs call a parameter. */
const synonyms = {
  from: ["start", "since", "after", "begin", "date_from", "start_date", "startdate", "date"],
  to: ["end", "until", "before", "date_to", "end_date", "enddate"],
  by: ["group", "group_by", "groupby", "breakdown", "dimension", "dimensions", "property"],
  interval: ["granularity", "period", "bucket", "step", "resolution", "unit"],
  limit: ["top", "count", "max", "size", "per_page", "page_size"],
  offset: ["page", "skip", "cursor"],
  minutes: ["last", "window", "duration"],
};

/** The parameter that goes by another name elsewhere. */
export function synonymOf(written: string): string | undefined {
  const name = written.toLowerCase();
  return Object.entries(synonyms).find(([, names]) => names.includes(name))?.[0];
}

/** Optimal string alignment distance. Texts whose lengths differ by more than two are not compared. */
function slipsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const slips = [(last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1)];
      if (isSwapped) slips.push((before[j - 2] ?? 0) + 1);
      row.push(Math.min(...slips));
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
