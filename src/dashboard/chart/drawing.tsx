/**
 * The parts of a chart that do not move with the pointer: lines, layers, watermark, labels. Redrawn only if points or
 * size change.
 */
import { useMemo } from "preact/hooks";
import { areaPath, barsPath, linePath, type Slots, slotMiddle } from "./path.ts";
import { type Scale, thinOut } from "./scale.ts";

/** `realtime` is the part of the value that comes from the speed layer. */
export type ChartPoint = { value: number; realtime: number; isRealtime: boolean; before?: number | undefined };

export type Drawn = {
  points: readonly ChartPoint[];
  /** The labels next to the lines, and below the points. */
  valueLabel: (value: number) => string;
  pointLabel: (index: number) => string;
  /** The points that may have a label; all if absent. */
  labelled?: readonly number[] | undefined;
  /** How many points are sealed, and the label there. */
  watermark?: { at: number; label: string } | undefined;
};

/** Room above the highest line, in pixels, for the watermark's label. */
export const ABOVE = 18;
/** With more points than this, a chart is a line. */
export const MOST_BARS = 62;
const LABEL_WIDTH = 76;

type DrawingProps = Drawn & { slots: Slots; scale: Scale };

export function Drawing({ points, slots, scale, valueLabel, pointLabel, labelled, watermark }: DrawingProps) {
  return useMemo(() => {
    const labels = thinOut(labelled ?? [...points.keys()], slots.width / LABEL_WIDTH);
    const base = scale.y(0);
    const bottom = scale.y(scale.ticks[0] ?? 0);
    return (
      <>
        {scale.ticks.map((tick) => (
          <g key={tick}>
            <path class={tick === 0 ? "axis" : "grid"} d={`M0 ${scale.y(tick)}H${slots.width}`} />
            <text class="tick" x={-8} y={scale.y(tick)} dy="0.32em" text-anchor="end">
              {valueLabel(tick)}
            </text>
          </g>
        ))}
        <Layers points={points} slots={slots} scale={scale} base={base} />
        {watermark && watermark.at > 0 && watermark.at <= points.length && (
          <Watermark
            x={(watermark.at * slots.width) / slots.count}
            width={slots.width}
            bottom={bottom}
            label={watermark.label}
          />
        )}
        {labels.map((index) => (
          <text
            key={index}
            class="tick"
            x={within(slotMiddle(slots, index), slots.width)}
            y={bottom + 16}
            text-anchor="middle"
          >
            {pointLabel(index)}
          </text>
        ))}
      </>
    );
  }, [points, slots.width, scale, valueLabel, pointLabel, labelled, watermark?.at, watermark?.label]);
}

function Layers({
  points,
  slots,
  scale,
  base,
}: {
  points: readonly ChartPoint[];
  slots: Slots;
  scale: Scale;
  base: number;
}) {
  const tops = points.map(({ value }) => scale.y(value));
  const before = points.map((point) => (point.before === undefined ? undefined : scale.y(point.before)));
  if (points.length <= MOST_BARS) {
    // The realtime part is on top of the sealed part.
    const floors = points.map(({ value, realtime }) => scale.y(value - realtime));
    return (
      <>
        <path
          class="bars history"
          d={barsPath(
            slots,
            floors,
            points.map(() => base),
          )}
        />
        <path class="bars realtime" d={barsPath(slots, tops, floors)} />
        <path class="line before" d={linePath(slots, before)} />
      </>
    );
  }
  const sealed = tops.map((top, i) => (points[i]?.isRealtime ? undefined : top));
  // A realtime section extends to the sealed points next to it, so that the line has no gap.
  const open = tops.map((top, i) => ([i - 1, i, i + 1].some((at) => points[at]?.isRealtime) ? top : undefined));
  return (
    <>
      <path class="area" d={areaPath(slots, tops, base)} />
      <path class="line before" d={linePath(slots, before)} />
      <path class="line history" d={linePath(slots, sealed)} />
      <path class="line realtime" d={linePath(slots, open)} />
    </>
  );
}

function Watermark({ x, width, bottom, label }: { x: number; width: number; bottom: number; label: string }) {
  const isLeft = x > width / 2;
  return (
    <g class="watermark">
      <path d={`M${x} ${-ABOVE + 4}V${bottom}`} />
      <text x={x + (isLeft ? -6 : 6)} y={-ABOVE + 12} text-anchor={isLeft ? "end" : "start"}>
        {label}
      </text>
    </g>
  );
}

/** Clamps the middle of a label so that it stays within the chart. */
function within(x: number, width: number): number {
  return Math.max(LABEL_WIDTH / 3, Math.min(width - LABEL_WIDTH / 3, x));
}
