/**
 * A chart of values over time: bars or a line, the two layers in two colours, the watermark between them, the previous
 * period behind them. It is our own SVG instead of a library: smaller, follows the page's colours by itself, and works
 * with arrow keys and a screen reader.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ABOVE, type ChartPoint, Drawing, type Drawn } from "./drawing.tsx";
import { type Slots, slotAt, slotMiddle } from "./path.ts";
import { createScale } from "./scale.ts";

export type ChartProps = Drawn & {
  /** What the chart shows, for a screen reader. */
  label: string;
  help?: string | undefined;
  height: number;
  /** A point in words: the first line is its name. */
  describe: (index: number) => readonly string[];
  /** Called with the first and last point that the reader chose, by mouse or with Enter. */
  onPick?: ((first: number, last: number) => void) | undefined;
};

const BELOW = 22;

export function Chart(props: ChartProps) {
  const startedAt = performance.now();
  const { points, height, label, help, describe, onPick } = props;
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const [at, setAt] = useState<number>();
  const [anchor, setAnchor] = useState<number>();
  const scale = useMemo(() => scaleOf(points, height), [points, height]);
  const gutter = Math.max(...scale.ticks.map((tick) => props.valueLabel(tick).length)) * 7 + 10;
  const slots = { count: points.length, width: Math.max(1, width - gutter) };
  const shown = at !== undefined && at < points.length ? at : undefined;
  useMeasure(startedAt, points, width);

  const indexOf = (event: PointerEvent) =>
    slotAt(slots, event.clientX - (holder.current?.getBoundingClientRect().left ?? 0) - gutter);
  const pick = (a: number, b: number) => onPick?.(Math.min(a, b), Math.max(a, b));
  const forget = () => {
    setAt(undefined);
    setAnchor(undefined);
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
      onKeyDown={(event) => onKey(event, { shown, count: points.length, pick, setAt })}
      onBlur={() => setAt(undefined)}
      onPointerMove={(event) => setAt(indexOf(event))}
      onPointerLeave={forget}
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

type Keys = {
  shown: number | undefined;
  count: number;
  pick: (first: number, last: number) => void;
  setAt: (at: number) => void;
};

/** Enter chooses the current point; arrow keys and the like move to another. */
function onKey(event: KeyboardEvent, { shown, count, pick, setAt }: Keys): void {
  if (event.key === "Enter" && shown !== undefined) pick(shown, shown);
  const next = moveBy[event.key]?.(shown ?? count, count - 1);
  if (next === undefined) return;
  event.preventDefault();
  setAt(next);
}

function Cursor({ slots, from, to, height }: { slots: Slots; from: number; to: number; height: number }) {
  const slot = slots.width / slots.count;
  const [first, last] = [Math.min(from, to), Math.max(from, to)];
  const width = Math.max(2, (last - first + 1) * slot);
  return <rect class="cursor" x={((first + last + 1) / 2) * slot - width / 2} y={0} width={width} height={height} />;
}

/** Shifts further left the further right it is, so that it never leaves the chart. */
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

function scaleOf(points: readonly ChartPoint[], height: number) {
  return createScale(valuesOf(points), height - ABOVE - BELOW, height > 160 ? 4 : 2);
}

function valuesOf(points: readonly ChartPoint[]): number[] {
  return points.flatMap(({ value, before }) => (before === undefined ? [value] : [value, before]));
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

/** Measures how long new points took to appear on the page, for the test that limits this time. */
function useMeasure(start: number, points: readonly ChartPoint[], width: number): void {
  useLayoutEffect(() => {
    if (width > 0) performance.measure("daymark:chart", { start, detail: points.length });
  }, [points, width]);
}
