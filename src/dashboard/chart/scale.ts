/** Maps values to positions in a chart, in pixels. */

export type Scale = {
  /** The values at which a line is drawn. */
  ticks: readonly number[];
  y: (value: number) => number;
};

/**
 * A scale whose ends are round numbers and which contains 0, from `height` (bottom) to 0. It has about `steps` lines.
 */
export function createScale(values: readonly number[], height: number, steps: number): Scale {
  let least = 0;
  let most = 0;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const step = roundStep((most - least) / steps, values.every(Number.isInteger));
  const bottom = Math.floor(least / step) * step;
  const top = Math.max(Math.ceil(most / step) * step, bottom + step);
  const count = Math.round((top - bottom) / step);
  const ticks = Array.from({ length: count + 1 }, (_, i) => bottom + i * step);
  return { ticks, y: (value) => height - ((value - bottom) / (top - bottom)) * height };
}

/** Which labels to show, so that at most `most` remain; the last one always does. */
export function thinOut(labels: readonly number[], most: number): number[] {
  const step = Math.max(1, Math.ceil(labels.length / Math.max(1, most)));
  return labels.filter((_, i) => (labels.length - 1 - i) % step === 0);
}

/** 1, 2 or 5 times a power of ten, at least `wish`; an integer if the values are: half a click is none. */
function roundStep(wish: number, isWhole: boolean): number {
  if (wish === 0 || (isWhole && wish < 1)) return 1;
  const power = 10 ** Math.floor(Math.log10(wish));
  return ([1, 2, 5].find((n) => n * power >= wish) ?? 10) * power;
}
