/**
 * Which breakdowns are missing from some of a day's blocks, because the release that wrote these blocks did not keep
 * them yet. Whatever counts for a metric counts in each of its breakdowns, so a block holds either all the breakdowns
 * that its release kept of a metric, or nothing of the metric.
 */
import { MINUTES, REJECTED, sectionName } from "../../metrics/block.ts";
import type { Block } from "./packed-block.ts";

/** A metric by a breakdown, both held by a block. */
export type Held = { metric: string; breakdown: string };

/**
 * What a block holds, as far as it says so itself. A block in groups lists the breakdowns of distinct counts; of other
 * metrics it knows only the name.
 */
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

/** The sections that some of the blocks hold and others, which have the metric, do not. */
function differing(blocks: readonly (readonly Held[])[]): string[] {
  const all = Map.groupBy(blocks.flat(), ({ metric }) => metric);
  return blocks.flatMap((held) => {
    const own = new Set(held.map(({ metric, breakdown }) => sectionName(metric, breakdown)));
    const metrics = new Set(held.map(({ metric }) => metric));
    const sections = [...metrics].flatMap((metric) => all.get(metric) ?? []);
    return sections.map(({ metric, breakdown }) => sectionName(metric, breakdown)).filter((name) => !own.has(name));
  });
}

/** The sections that not all blocks of a day hold, as far as the blocks say so themselves. */
export function lackingIn(blocks: readonly Block[]): string[] {
  return [...blocks.flatMap(({ lacking = [] }) => lacking), ...differing(blocks.map(heldBy))];
}

/** The same within one group of the blocks. */
export function lackingInGroup(blocks: readonly Block[], group: string): string[] {
  return differing(blocks.map((block) => heldIn(block, group)));
}

/**
 * Whether a block without values for a section lacks it, which differs from a value of 0: the block has the metric but
 * not the breakdown, or some of its sources lacked it.
 */
export function lacks(block: Block, { metric, breakdown }: Held): boolean {
  if (block.lacking?.includes(sectionName(metric, breakdown))) return true;
  const held = heldBy(block).filter((one) => one.metric === metric);
  return held.length > 0 && held.every((one) => one.breakdown !== breakdown);
}
