/**
 * Numbers of values that were added up because there were too many of them (`src/metrics/bounded-tally.ts`). By app, each
 * app has a share of its own there; so where a metric is kept by app too, a flood of one app hides no value of another.
 */
import { OTHER } from "../../metrics/bounded-tally.ts";
import { breakdownName, type Dimension, findBreakdown, type Metric } from "../../metrics/define-metric.ts";
import type { Tally, Value } from "../../metrics/merge.ts";

/** The breakdown that says more of a day whose values were added up; undefined if none does. */
export function breakdownByApp({ metric, breakdown }: { metric: Metric; breakdown: readonly Dimension[] }) {
  const isOne = breakdown.length === 1 && breakdown[0] !== "app" && metric.value.kind === "count";
  const byApp = isOne ? findBreakdown(metric, ["app", ...breakdown]) : undefined;
  return byApp && breakdownName(byApp);
}

/** Whether values of a tally were added up. */
export function isBounded(tally: Tally): boolean {
  return tally.has(OTHER);
}

/**
 * The counts of a day by value, from its tally by that value alone and from the one by app. Neither says more of a value
 * than it has, so the larger number is the better one; the total stays what it is.
 */
export function apartByApp(tally: Tally, byApp: Tally): Map<string, Value> {
  const ofApps = new Map<string, bigint>();
  for (const [key, value] of byApp) {
    const own = key.slice(key.indexOf("+") + 1);
    ofApps.set(own, (ofApps.get(own) ?? 0n) + countOf(value));
  }
  let others = 0n;
  const apart = new Map<string, Value>();
  for (const key of new Set([...tally.keys(), ...ofApps.keys()])) {
    const [alone, sum] = [countOf(tally.get(key)), ofApps.get(key) ?? 0n];
    others += alone;
    if (key === OTHER) continue;
    const most = alone > sum ? alone : sum;
    apart.set(key, most);
    others -= most;
  }
  return others === 0n ? apart : apart.set(OTHER, others);
}

function countOf(value: Value | undefined): bigint {
  return typeof value === "bigint" ? value : 0n;
}
