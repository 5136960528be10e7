/** Shapes as the `d` of an SVG path. All bars of a kind are one path, so a year is drawn as fast as a week. */

/** Horizontal positions: each point has a slot of the same width. */
export type Slots = { count: number; width: number };

/** The middle of a slot. */
export function slotMiddle({ count, width }: Slots, index: number): number {
  return ((index + 0.5) * width) / count;
}

/** The slot at a position, clamped to the chart. */
export function slotAt({ count, width }: Slots, x: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor((x * count) / width)));
}

/** Bars, each from its floor to its top, both in pixels. */
export function barsPath(slots: Slots, tops: readonly number[], floors: readonly number[]): string {
  const slot = slots.width / slots.count;
  const width = round(Math.max(1, Math.min(slot - 1, slot * 0.78, 64)));
  let path = "";
  for (const [i, top] of tops.entries()) {
    const floor = floors[i] ?? top;
    if (top === floor) continue;
    path += `M${round(slotMiddle(slots, i) - width / 2)} ${round(floor)}V${round(top)}h${width}V${round(floor)}z`;
  }
  return path;
}

/** A line through the points that exist; a gap interrupts it. */
export function linePath(slots: Slots, tops: readonly (number | undefined)[]): string {
  let path = "";
  let isDown = false;
  for (const [i, top] of tops.entries()) {
    if (top !== undefined) path += `${isDown ? "L" : "M"}${round(slotMiddle(slots, i))} ${round(top)}`;
    isDown = top !== undefined;
  }
  return path;
}

/** The area between such a line (without gaps) and the base line. */
export function areaPath(slots: Slots, tops: readonly (number | undefined)[], base: number): string {
  const first = tops.findIndex((top) => top !== undefined);
  const last = tops.findLastIndex((top) => top !== undefined);
  if (first < 0) return "";
  const [left, right] = [slotMiddle(slots, first), slotMiddle(slots, last)].map(round);
  return `${linePath(slots, tops)}L${right} ${round(base)}H${left}z`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
