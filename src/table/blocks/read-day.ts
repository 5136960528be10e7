/** Everything that a day's blocks hold, section by section. */
import { MINUTES, REJECTED } from "../../metrics/block.ts";
import type { BlockStore } from "./block-store.ts";
import { groupsIn, readGroup, readNamed, type SummedSection, sumSections } from "./day-groups.ts";
import { lackingIn, lackingInGroup } from "./lacking.ts";

/** `isPartial`: some of the day's blocks were written before the breakdown was kept. */
export type DaySection = SummedSection & { isPartial: boolean };

/**
 * Passes each metric by each breakdown to `use`, without the live minutes. Returns false when part of the day has
 * expired.
 */
export async function readDay(
  store: Pick<BlockStore, "get">,
  { day, names }: { day: string; names: readonly string[] },
  use: (section: DaySection) => void,
): Promise<boolean> {
  const blocks = await readNamed(store, day, names);
  if (blocks.length < names.length || blocks.some(({ block }) => block.isLost)) return false;
  const lacking = new Set(lackingIn(blocks.map(({ block }) => block)));
  for (const group of groupsIn(blocks)) {
    const some = await readGroup(store, { day, blocks }, group);
    if (some === undefined) return false;
    for (const one of lackingInGroup(some, group)) lacking.add(one);
    for (const section of sumSections(some, group))
      if (section.breakdown !== MINUTES && section.metric !== REJECTED)
        use({ ...section, isPartial: lacking.has(section.name) });
  }
  return true;
}
