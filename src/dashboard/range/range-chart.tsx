/** The chart of a range: its points, its legend and its table, and what happens when the reader chooses a point. */
import { useMemo } from "preact/hooks";
import type { ReceivedAnswer } from "../ask/answers.ts";
import { subtract } from "../ask/whole.ts";
import { Chart } from "../chart/chart.tsx";
import { type ChartPoint, MOST_BARS } from "../chart/drawing.tsx";
import type { MetricScope } from "../numbers/metric-view.tsx";
import { type Stage, useStage } from "../stage.ts";
import { type Interval, isInterval } from "../view.ts";
import { metricName } from "../words/words.ts";
import { monthStarts, type Point, pointsSealed, toPoints, withoutEmptyStart } from "./chart-points.ts";
import { PointsTable } from "./points-table.tsx";
import type { Span } from "./range.ts";

type Props = MetricScope & {
  answer: ReceivedAnswer;
  /** The number of the range itself, if it is already known. */
  total: ReceivedAnswer | undefined;
  before: ReceivedAnswer | undefined;
  lateDays: readonly string[];
  /** The requested range; the chart may have more days, or fewer. */
  span: Span;
  intervals: Intervals;
  isStale: boolean;
};

type Intervals = { interval: Interval; possible: readonly Interval[]; suitable: Interval };

export function RangeChart(props: Props) {
  const { metric, number, answer, total, intervals, isStale } = props;
  const { texts, formats, go } = useStage();
  const { sealed_through: sealedThrough, from, to } = answer;
  const range = useRangePoints(props);
  const { points, labelled, isContext } = range;
  const { interval } = intervals;
  const drawn = useMemo(() => points.map(toDrawn), [points]);
  const pointLabel = useMemo(() => {
    const format = interval === "month" || labelled !== undefined ? formats.month : formats.dayShort;
    const labelOf = ({ hour, from: day }: Point) => hour?.slice(11, 16) ?? format(day);
    return (index: number) => (points[index] === undefined ? "" : labelOf(points[index]));
  }, [points, interval, labelled, formats]);
  const nameOf = (point: Point) => {
    const days = interval === "month" ? formats.month(point.from) : formats.span(point.from, point.to);
    return point.hour === undefined ? days : `${days}, ${point.hour.slice(11, 16)}`;
  };
  const sealed = pointsSealed(points, sealedThrough);
  return (
    <div class={isStale ? "stale" : ""}>
      <div class="chart-head">
        <Legend
          number={number}
          total={total}
          hasBefore={points.some((point) => point.before !== undefined)}
          isLine={points.length > MOST_BARS}
        />
        {isContext && <span class="hint">{texts.chartContext(points.length)}</span>}
        {intervals.possible.length > 1 && <IntervalSelect {...intervals} />}
      </div>
      <Chart
        points={drawn}
        label={texts.chartOf(metricName(texts, metric.name), formats.span(from, to))}
        help={texts.chartHelp}
        height={260}
        valueLabel={number.compact}
        pointLabel={pointLabel}
        labelled={labelled}
        describe={(index) => describePoint(points[index], { nameOf, number, texts })}
        watermark={
          sealedThrough === null || sealed === 0
            ? undefined
            : { at: sealed, label: texts.sealedThrough(formats.dayShort(sealedThrough)) }
        }
        onPick={
          interval === "hour"
            ? undefined
            : (first, last) =>
                go({ range: { from: points[first]?.from ?? from, to: points[last]?.to ?? to }, interval: undefined })
        }
      />
      <PointsTable {...{ metric, number, points, nameOf, from, to }} />
    </div>
  );
}

/** The points of the chart in the chosen interval, or in the one that suits the number of days. */
function useRangePoints({ answer, before, lateDays, span, intervals: { interval } }: Props) {
  const { view } = useStage();
  const { sealed_through: sealedThrough } = answer;
  const series = useMemo(
    () => (view.range === "all" ? withoutEmptyStart(answer.series ?? []) : (answer.series ?? [])),
    [answer.series, view.range],
  );
  const isContext = span.from === span.to && interval !== "hour";
  const points = useMemo(
    () => toPoints(series, isContext ? undefined : before?.series, { interval, sealedThrough, lateDays }),
    [series, before, isContext, interval, sealedThrough, lateDays],
  );
  const labelled = useMemo(
    () => (interval === "day" && points.length > MOST_BARS ? monthStarts(points) : undefined),
    [points, interval],
  );
  return { points, labelled, isContext };
}

function IntervalSelect({ interval, possible, suitable }: Intervals) {
  const { texts, go } = useStage();
  return (
    <select
      aria-label={texts.interval}
      value={interval}
      onChange={({ currentTarget: { value } }) =>
        isInterval(value) && go({ interval: value === suitable ? undefined : value })
      }
    >
      {possible.map((name) => (
        <option key={name} value={name}>
          {texts.intervals[name]}
        </option>
      ))}
    </select>
  );
}

type Named = Pick<MetricScope, "number"> & { nameOf: (point: Point) => string };

/** A point in words: its days, its total, which part is history and which is not, and the previous period's number. */
function describePoint(point: Point | undefined, { nameOf, number, texts }: Named & Pick<Stage, "texts">): string[] {
  if (point === undefined) return [];
  const { value, realtime } = point;
  const layers = point.isMixed
    ? [number.whole(value)]
    : [
        realtime !== value || !point.isRealtime ? `${texts.history} ${number.whole(subtract(value, realtime))}` : "",
        point.isRealtime ? `${texts.realtime} ${number.whole(realtime)}` : "",
      ].filter(Boolean);
  const past = point.before === undefined ? [] : [`${texts.before} ${number.whole(point.before)}`];
  return [nameOf(point), ...(layers.length > 1 ? [`${texts.total} ${number.whole(value)}`] : []), ...layers, ...past];
}

type LegendProps = Pick<MetricScope, "number"> & {
  total: ReceivedAnswer | undefined;
  hasBefore: boolean;
  isLine: boolean;
};

function Legend({ number, total, hasBefore, isLine }: LegendProps) {
  const { texts } = useStage();
  return (
    <p class={isLine ? "legend lines" : "legend"}>
      <span class="key history">
        {texts.history} <b data-testid="history">{total && total.history !== null && number.whole(total.history)}</b>
      </span>
      <span class="key realtime">
        {texts.realtime}{" "}
        <b data-testid="realtime">{total && total.realtime !== null && number.whole(total.realtime)}</b>
      </span>
      {hasBefore && <span class="key before">{texts.before}</span>}
      {total?.sealed_through === null && <span class="hint">{texts.notSealed}</span>}
    </p>
  );
}

function toDrawn({ value, realtime, before, isRealtime }: Point): ChartPoint {
  return {
    value: Number(value),
    realtime: Number(realtime),
    isRealtime,
    before: before === undefined ? undefined : Number(before),
  };
}
