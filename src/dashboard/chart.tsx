/**
 * A chart of values in time: bars or a line, the two layers in two colours, the watermark between them, the period before
 * behind them. Its own SVG instead of a library: it is smaller than one, follows the page's colours by itself, and works
 * with arrow keys and a screen reader.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { areaPath, barsPath, linePath, type Slots, slotAt, slotMiddle } from "./chart-path.ts";
import { createScale, labelledIndexes, type Scale } from "./chart-scale.ts";

export type ChartPoint = { value: number; before?: number | undefined; isRealtime: boolean };

export type ChartProps = {
  points: readonly ChartPoint[];
  /** What it shows, for a screen reader. */
  label: string;
  help?: string | undefined;
  height: number;
  /** What stands beside the lines, and below the points. */
  valueLabel: (value: number) => string;
  pointLabel: (index: number) => string;
  /** A point in words: the first line is its name. */
  describe: (index: number) => readonly string[];
  /** So many points are sealed, and what to write there. */
  watermark?: { at: number; label: string } | undefined;
  /** Called with the first and last point that were chosen, by mouse or by Enter. */
  onPick?: ((first: number, last: number) => void) | undefined;
};

const MOST_BARS = 62;
const BELOW = 22;
const ABOVE = 18;
const LABEL_WIDTH = 76;

export function Chart(props: ChartProps) {
  const startedAt = performance.now();
  const { points, height, label, help, describe, onPick } = props;
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const [at, setAt] = useState<number>();
  const [anchor, setAnchor] = useState<number>();
  const scale = useMemo(
    () => createScale(valuesOf(points), height - ABOVE - BELOW, height > 160 ? 4 : 2),
    [points, height],
  );
  const gutter = Math.max(...scale.ticks.map((tick) => props.valueLabel(tick).length)) * 7 + 10;
  const slots = { count: points.length, width: Math.max(1, width - gutter) };
  const shown = at !== undefined && at < points.length ? at : undefined;
  useMeasure(startedAt, points);

  const indexOf = (event: PointerEvent) =>
    slotAt(slots, event.clientX - (holder.current?.getBoundingClientRect().left ?? 0) - gutter);
  const pick = (a: number, b: number) => onPick?.(Math.min(a, b), Math.max(a, b));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && shown !== undefined) pick(shown, shown);
    const next = moveBy[event.key]?.(shown ?? points.length, points.length - 1);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
  };
  return (
    <div
      ref={holder}
      class={onPick ? "chart pickable" : "chart"}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-description={help}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, points.length - 1)}
      aria-valuenow={shown ?? points.length - 1}
      aria-valuetext={points.length > 0 ? describe(shown ?? points.length - 1).join(", ") : ""}
      onKeyDown={onKeyDown}
      onBlur={() => setAt(undefined)}
      onPointerMove={(event) => setAt(indexOf(event))}
      onPointerLeave={() => {
        setAt(undefined);
        setAnchor(undefined);
      }}
      onPointerDown={(event) => event.button === 0 && event.pointerType === "mouse" && setAnchor(indexOf(event))}
      onPointerUp={(event) => {
        if (anchor !== undefined) pick(anchor, indexOf(event));
        setAnchor(undefined);
      }}
    >
      {width > 0 && (
        <svg width={width} height={height} aria-hidden="true">
          <g transform={`translate(${gutter} ${ABOVE})`}>
            {shown !== undefined && (
              <Cursor slots={slots} from={anchor ?? shown} to={shown} height={height - ABOVE - BELOW} />
            )}
            <Drawing {...props} slots={slots} scale={scale} />
          </g>
        </svg>
      )}
      {shown !== undefined && (
        <Tip x={gutter + slotMiddle(slots, shown)} share={(shown + 0.5) / points.length} lines={describe(shown)} />
      )}
    </div>
  );
}

type DrawingProps = ChartProps & { slots: Slots; scale: Scale };

/** All that does not move with the pointer; drawn again only when the points or the size change. */
function Drawing({ points, slots, scale, valueLabel, pointLabel, watermark }: DrawingProps) {
  return useMemo(() => {
    const labels = labelledIndexes(points.length, slots.width / LABEL_WIDTH);
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
            x={slotMiddle(slots, index)}
            y={bottom + 16}
            text-anchor={anchorAt(slotMiddle(slots, index), slots.width)}
          >
            {pointLabel(index)}
          </text>
        ))}
      </>
    );
  }, [points, slots.width, scale, valueLabel, pointLabel, watermark?.at, watermark?.label]);
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
  const sealed = tops.map((top, i) => (points[i]?.isRealtime ? undefined : top));
  if (points.length <= MOST_BARS) {
    const open = tops.map((top, i) => (points[i]?.isRealtime ? top : undefined));
    return (
      <>
        <path class="bars history" d={barsPath(slots, sealed, base)} />
        <path class="bars realtime" d={barsPath(slots, open, base)} />
        <path class="line before" d={linePath(slots, before)} />
      </>
    );
  }
  // A realtime piece begins at the last sealed point, so that the line does not break.
  const open = tops.map((top, i) => (points[i]?.isRealtime || points[i + 1]?.isRealtime ? top : undefined));
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

function Cursor({ slots, from, to, height }: { slots: Slots; from: number; to: number; height: number }) {
  const slot = slots.width / slots.count;
  const [first, last] = [Math.min(from, to), Math.max(from, to)];
  const width = Math.max(2, (last - first + 1) * slot);
  return <rect class="cursor" x={((first + last + 1) / 2) * slot - width / 2} y={0} width={width} height={height} />;
}

/** Moves to the left the further right it is, so that it never leaves the chart. */
function Tip({ x, share, lines }: { x: number; share: number; lines: readonly string[] }) {
  return (
    <div class="tip" style={{ left: `${x}px`, transform: `translateX(-${Math.round(share * 100)}%)` }}>
      {lines.map((line, i) => (i === 0 ? <strong key={line}>{line}</strong> : <span key={line}>{line}</span>))}
    </div>
  );
}

const moveBy: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at) => Math.max(0, at - 1),
  ArrowRight: (at, last) => Math.min(last, at + 1),
  ArrowDown: (at) => Math.max(0, at - 1),
  ArrowUp: (at, last) => Math.min(last, at + 1),
  PageUp: (at) => Math.max(0, at - 7),
  PageDown: (at, last) => Math.min(last, at + 7),
  Home: () => 0,
  End: (_, last) => last,
};

function valuesOf(points: readonly ChartPoint[]): number[] {
  return points.flatMap(({ value, before }) => (before === undefined ? [value] : [value, before]));
}

function anchorAt(x: number, width: number): "start" | "middle" | "end" {
  if (x < LABEL_WIDTH / 3) return "start";
  return x > width - LABEL_WIDTH / 3 ? "end" : "middle";
}

function useWidth(holder: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => setWidth(holder.current?.clientWidth ?? 0), []);
  useEffect(() => {
    if (holder.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(holder.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Leaves how long new points took to be in the page, for the test that holds it below its limit. */
function useMeasure(startedAt: number, points: readonly ChartPoint[]): void {
  useLayoutEffect(() => {
    performance.measure("daymark:chart", { start: startedAt, detail: points.length });
  }, [points]);
}
