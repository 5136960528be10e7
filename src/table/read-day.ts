/** All that a day's blocks hold, section by section. */
import { MINUTES, REJECTED } from "../metrics/block.ts";
import type { BlockStore } from "./block-store.ts";
import { groupsIn, readGroup, readNamed, type SummedSection, sumSections } from "./day-groups.ts";

/** Hands over metrics by every combination, without the live minutes. False when something of the day has expired. */
export async function readDay(
  store: Pick<BlockStore, "get">,
  { day, names }: { day: string; names: readonly string[] },
  use: (section: SummedSection) => void,
): Promise<boolean> {
  const blocks = await readNamed(store, day, names);
  if (blocks.length < names.length || blocks.some(({ block }) => block.isLost)) return false;
  for (const group of groupsIn(blocks)) {
    const some = await readGroup(store, { day, blocks }, group);
    if (some === undefined) return false;
    for (const section of sumSections(some, group))
      if (section.set !== MINUTES && section.metric !== REJECTED) use(section);
  }
  return true;
}
