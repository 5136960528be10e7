/** Finds the groups that must be asked for by name, because Athena's answer contains only the largest ones. */
import { MOST_GROUPS } from "../athena-queries/metric-history.ts";
import { fitsParameter } from "../athena-queries/sql.ts";
import { toNumber, toRanking, type Value } from "../metrics/merge.ts";
import { MOST_GROUPS_ASKED } from "../schemas/api/question.ts";
import type { LayerPart } from "./parts.ts";
import type { Question } from "./question.ts";

/**
 * How many more groups are asked for than are shown: the order of close ones is known only when both parts are added.
 */
const MOST_ASKED = 64;
/** The groups that one query names at most. */
export const MOST_NAMED = MOST_GROUPS_ASKED + MOST_ASKED;

/**
 * Groups of the present whose history is missing from Athena's answer: either the whole group, because there are more
 * than the answer contains, or the sketch to merge the present into, because only the largest groups come with theirs.
 * They must be asked for by name, as many as can be among the largest once both parts are added.
 */
export function groupsLeftOut(question: Question, history: LayerPart, realtime: LayerPart): string[] {
  const { metric } = question;
  const limit = question.offset + question.limit;
  const isCut = history.groups.size >= MOST_GROUPS[metric.value.kind];
  const smallest = isCut ? smallestOf(history.groups) : 0n;
  const lacking = [...realtime.groups].filter(([key, present]) => lacks(history.groups.get(key), present, isCut));
  const enough = toRanking([...history.groups, ...realtime.groups])[limit - 1]?.value ?? 0n;
  const most = lacking.map(([key, present]): [string, bigint] => {
    const sealed = history.groups.get(key);
    return [key, (sealed === undefined ? smallest : toNumber(sealed)) + toNumber(present)];
  });
  return toRanking(most.filter(([key, value]) => value >= enough && fitsParameter(key)))
    .slice(0, limit + MOST_ASKED)
    .map(({ key }) => key);
}

/** Whether what is known of a group's history cannot be added to its present. */
function lacks(sealed: Value | undefined, present: Value, isCut: boolean): boolean {
  return sealed === undefined ? isCut : typeof sealed !== typeof present;
}

function smallestOf(groups: ReadonlyMap<string, Value>): bigint {
  return toRanking(groups).at(-1)?.value ?? 0n;
}
