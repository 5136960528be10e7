/** Every group of a breakdown that the API lists, page by page, for a file that leaves nothing out silently. */
import type { Group, ReceivedAnswer } from "../ask/answers.ts";
import { add, subtract, type Whole } from "../ask/whole.ts";

/** The most that one question may ask for. */
const PAGE = 1000;

export type AllGroups = {
  groups: readonly Group[];
  /** How much of the total is in none of them, where that can be said. */
  other: Whole | undefined;
  /** How many groups are not listed. */
  left: number;
};

/** `ask` gets a page's place; `listed` is how many of the largest groups the API lists. */
export async function allGroups(
  ask: (page: { limit: number; offset: number }) => Promise<ReceivedAnswer>,
  listed: number,
): Promise<AllGroups> {
  const groups: Group[] = [];
  let last: ReceivedAnswer | undefined;
  let before: Whole = 0;
  for (let offset = 0; offset < listed; offset += PAGE) {
    before = sumOf(groups);
    last = await ask({ limit: Math.min(PAGE, listed - offset), offset });
    groups.push(...(last.groups ?? []));
    if (groups.length >= Number(last.groups_total ?? 0)) break;
  }
  // The last page's `other` includes the pages before it.
  const rest = last?.other === undefined ? undefined : subtract(last.other, before);
  return { groups, other: rest === 0 ? undefined : rest, left: Number(last?.groups_total ?? 0) - groups.length };
}

function sumOf(groups: readonly Group[]): Whole {
  return groups.reduce<Whole>((sum, { value }) => add(sum, value), 0);
}
