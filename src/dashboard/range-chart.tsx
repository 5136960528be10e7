/** The chart of a range: its points, its legend, its table, and what choosing a point does. */
import { useMemo } from "preact/hooks";
import type { MetricAnswer } from "./answers.ts";
import { Chart } from "./chart.tsx";
import { type Point, pointsSealed, suitableInterval, toPoints, withoutEmptyStart } from "./chart-points.ts";
import { DataTable } from "./data-table.tsx";
import { countDays } from "./day-math.ts";
import { Download } from "./download.tsx";
import type { MetricScope } from "./metric-view.tsx";
import type { Span } from "./range.ts";
import { useStage } from "./stage.ts";
import { type Interval, isInterval } from "./view.ts";
import { metricName } from "./words.ts";

type Props = MetricScope & {
  answer: MetricAnswer;
  before: MetricAnswer | undefined;
  lateDays: readonly string[];
  /** The range that was asked for; the chart may have more days, or fewer. */
  span: Span;
  isStale: boolean;
};

const intervals: readonly Interval[] = ["day", "week", "month"];

export function RangeChart({ metric, number, answer, before, lateDays, span, isStale }: Props) {
  const { texts, formats, view, go } = useStage();
  const { sealed_through: sealedThrough, from, to } = answer;
  const series = useMemo(
    () => (view.range === "all" ? withoutEmptyStart(answer.series ?? []) : (answer.series ?? [])),
    [answer.series, view.range],
  );
  const isDistinct = metric.value === "distinct";
  const suitable = suitableInterval({ from: series[0]?.day ?? from, to }, isDistinct);
  const interval = isDistinct ? "day" : (view.interval ?? suitable);
  const isContext = span.from === span.to;
  const points = useMemo(
    () => toPoints(series, isContext ? undefined : before?.series, { interval, sealedThrough, lateDays }),
    [series, before, isContext, interval, sealedThrough, lateDays],
  );
  const drawn = useMemo(() => points.map(toDrawn), [points]);
  const sealed = pointsSealed(points, sealedThrough);
  const title = texts.chartOf(metricName(texts, metric.name), formats.span(from, to));
  const nameOf = (point: Point) =>
    interval === "month" ? formats.month(point.from) : formats.span(point.from, point.to);
  const layerOf = (point: Point) => (point.isRealtime ? texts.realtime : texts.history);
  const pointLabel = useMemo(() => {
    const format = interval === "month" ? formats.month : formats.dayShort;
    return (index: number) => format(points[index]?.from ?? from);
  }, [points, interval, formats]);
  const describe = (index: number): string[] => {
    const point = points[index];
    if (point === undefined) return [];
    const past = point.before === undefined ? [] : [`${texts.before}: ${number.whole(point.before)}`];
    return [nameOf(point), `${number.whole(point.value)} · ${layerOf(point)}`, ...past];
  };
  return (
    <div class={isStale ? "stale" : ""}>
      <div class="chart-head">
        <Legend hasBefore={points.some((point) => point.before !== undefined)} isLine={points.length > 62} />
        {isContext && <span class="hint">{texts.chartContext(points.length)}</span>}
        {!isContext && view.range !== "all" && from > span.from && (
          <span class="hint">{texts.chartCut(formats.day(from))}</span>
        )}
        {!isDistinct && countDays(series[0]?.day ?? from, to) > 14 && (
          <select
            aria-label={texts.interval}
            value={interval}
            onChange={({ currentTarget: { value } }) =>
              isInterval(value) && go({ interval: value === suitable ? undefined : value })
            }
          >
            {intervals.map((name) => (
              <option key={name} value={name}>
                {texts.intervals[name]}
              </option>
            ))}
          </select>
        )}
      </div>
      <Chart
        points={drawn}
        label={title}
        help={texts.chartHelp}
        height={260}
        valueLabel={number.compact}
        pointLabel={pointLabel}
        describe={describe}
        watermark={
          sealedThrough === null || sealed === 0
            ? undefined
            : { at: sealed, label: texts.sealedThrough(formats.dayShort(sealedThrough)) }
        }
        onPick={(first, last) =>
          go({ range: { from: points[first]?.from ?? from, to: points[last]?.to ?? to }, interval: undefined })
        }
      />
      <DataTable
        summary={texts.asTable}
        columns={[texts.day, metricName(texts, metric.name), texts.layer, texts.before]}
        rows={() =>
          points
            .toReversed()
            .map((point) => [
              nameOf(point),
              number.whole(point.value),
              layerOf(point),
              point.before === undefined ? "" : number.whole(point.before),
            ])
        }
      >
        <Download of={[metricName(texts, metric.name), `${from}..${to}`]} rows={() => csvRows(points)} />
      </DataTable>
    </div>
  );

  function csvRows(all: readonly Point[]) {
    const head = [texts.from, texts.to, metricName(texts, metric.name), texts.layer, texts.before];
    return [
      head,
      ...all.map((point) => [
        point.from,
        point.to,
        number.plain(point.value),
        layerOf(point),
        point.before === undefined ? undefined : number.plain(point.before),
      ]),
    ];
  }
}

function Legend({ hasBefore, isLine }: { hasBefore: boolean; isLine: boolean }) {
  const { texts } = useStage();
  return (
    <p class={isLine ? "legend lines" : "legend"}>
      <span class="key history">{texts.history}</span>
      <span class="key realtime">{texts.realtime}</span>
      {hasBefore && <span class="key before">{texts.before}</span>}
    </p>
  );
}

function toDrawn({ value, before, isRealtime }: Point) {
  return { value: Number(value), before: before === undefined ? undefined : Number(before), isRealtime };
}
