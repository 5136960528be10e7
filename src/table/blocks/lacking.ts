/**
 * Which breakdowns some of a day's blocks do not hold, because they were written by a release that did not keep them yet. Whatever counts
 * for a metric counts in each of its breakdowns, so a block holds all that its release knew of a metric, or nothing of it.
 */
import { MINUTES, REJECTED, sectionName } from "../../metrics/block.ts";
import type { Block } from "./packed-block.ts";

/** A metric by a breakdown that a block holds. */
export type Held = { metric: string; breakdown: string };

/** What a block says that it holds. One in groups names those of distinct counts; of the others it knows no more than the metric. */
export function heldBy(block: Block): Held[] {
  const named = (block.groups ?? []).filter((group) => group.includes("#"));
  return [...block.sections(), ...named.map(toHeld)].filter(
    ({ metric, breakdown }) => breakdown !== MINUTES && metric !== REJECTED,
  );
}

function toHeld(group: string): Held {
  const at = group.indexOf("#");
  return { metric: group.slice(0, at), breakdown: group.slice(at + 1) };
}

function heldIn(block: Block, group: string): Held[] {
  return heldBy(block).filter(({ metric, breakdown }) => group === metric || group === `${metric}#${breakdown}`);
}

/** The sections that are in some and not in others, which hold their metric. */
function differing(blocks: readonly (readonly Held[])[]): string[] {
  const all = Map.groupBy(blocks.flat(), ({ metric }) => metric);
  return blocks.flatMap((held) => {
    const own = new Set(held.map(({ metric, breakdown }) => sectionName(metric, breakdown)));
    const metrics = new Set(held.map(({ metric }) => metric));
    const sections = [...metrics].flatMap((metric) => all.get(metric) ?? []);
    return sections.map(({ metric, breakdown }) => sectionName(metric, breakdown)).filter((name) => !own.has(name));
  });
}

/** The sections that not all blocks of a day hold, as far as these say it themselves. */
export function lackingIn(blocks: readonly Block[]): string[] {
  return [...blocks.flatMap(({ lacking = [] }) => lacking), ...differing(blocks.map(heldBy))];
}

/** The same of a group of theirs. */
export function lackingInGroup(blocks: readonly Block[], group: string): string[] {
  return differing(blocks.map((block) => heldIn(block, group)));
}

/** Whether a block that has nothing to say to a question holds its metric nevertheless, or lacks what some of its sources lack. */
export function lacks(block: Block, { metric, breakdown }: Held): boolean {
  if (block.lacking?.includes(sectionName(metric, breakdown))) return true;
  const held = heldBy(block).filter((one) => one.metric === metric);
  return held.length > 0 && held.every((one) => one.breakdown !== breakdown);
}
