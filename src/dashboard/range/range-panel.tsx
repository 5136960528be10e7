/** A range's number compared with the previous period, and its days as a chart that distinguishes the two layers. */
import type { ReceivedAnswer } from "../ask/answers.ts";
import { metricPath } from "../ask/question-path.ts";
import { type Answer, useAnswer } from "../ask/use-answer.ts";
import { isKeptByHour } from "../breakdowns/kept.ts";
import { Lacking } from "../numbers/lacking.tsx";
import { addsUp } from "../numbers/metric-kind.ts";
import type { MetricScope } from "../numbers/metric-view.tsx";
import { RangeNotes } from "../numbers/range-notes.tsx";
import { Message, stateOf } from "../panel/message.tsx";
import { useStage } from "../stage.ts";
import { changeOf } from "../words/formats.ts";
import { metricName } from "../words/words.ts";
import { possibleIntervals, suitableInterval } from "./chart-points.ts";
import { Compare } from "./compare.tsx";
import { countDays } from "./day-math.ts";
import { MOST_DAYS_IN_SERIES, spanCompared, spanDrawn, spanOf } from "./range.ts";
import { RangeChart } from "./range-chart.tsx";

type Props = MetricScope & {
  /** Today in the stage. */
  day: string;
  lateDays: readonly string[];
  beat: unknown;
};

export function RangePanel(props: Props) {
  const { metric, filters, day, beat } = props;
  const { view } = useStage();
  const span = spanOf(view.range, day);
  const isHourly = isKeptByHour(metric, filters);
  const possible = possibleIntervals(span, isHourly);
  const suitable = suitableInterval(span, isHourly);
  const interval = possible.find((one) => one === view.interval) ?? suitable;
  const drawn = spanDrawn(span, interval);
  const before = spanCompared(view, day);
  const isDrawnWhole = drawn.from === span.from;
  const base = { metric: metric.name, filters };
  // Days that can be added up are asked for as days: the same answer serves weeks and months, with their layers.
  const isSummed = addsUp(metric) && interval !== "hour" && countDays(drawn.from, drawn.to) <= MOST_DAYS_IN_SERIES;
  const steps = { ...base, interval: isSummed ? "day" : interval } as const;
  const series = useAnswer<ReceivedAnswer>(metricPath({ ...steps, span: drawn }), { beat });
  // If more or less than the range is drawn, the range's number needs its own question.
  const alone = useAnswer<ReceivedAnswer>(isDrawnWhole ? undefined : metricPath({ ...base, span }), { beat });
  const past = useAnswer<ReceivedAnswer>(before && metricPath({ ...steps, span: before }));
  const total = isDrawnWhole ? series : alone;
  const isEmpty =
    total.data !== undefined &&
    !total.isStale &&
    total.data.total === 0 &&
    !series.data?.series?.some(({ value }) => value !== 0);
  return (
    <section class="panel range" aria-labelledby="range" aria-busy={series.isStale || total.isStale}>
      <Head {...props} total={total} past={before === undefined ? undefined : past} />
      {total.data === undefined && stateOf(total)}
      <Lacking answer={total.data} />
      <RangeNotes answer={total.data} />
      {isEmpty && <Nothing {...props} />}
      {!isEmpty && series.data && (
        <RangeChart
          {...props}
          answer={series.data}
          total={total.data}
          before={before === undefined || past.isStale ? undefined : past.data}
          span={span}
          intervals={{ interval, possible, suitable }}
          isStale={series.isStale}
        />
      )}
      {!isEmpty && total.data !== undefined && stateOf(series)}
    </section>
  );
}

type HeadProps = Props & { total: Answer<ReceivedAnswer>; past: Answer<ReceivedAnswer> | undefined };

function Head({ metric, number, day, total, past }: HeadProps) {
  const { texts, formats, view } = useStage();
  const span = spanOf(view.range, day);
  const title = view.range === "all" ? texts.ranges.all : formats.span(span.from, span.to);
  const { data } = total;
  return (
    <div class="range-head">
      <h2 id="range">
        {metricName(texts, metric.name)} <span class="hint">{title}</span>
      </h2>
      {data && (
        <p class={total.isStale ? "figures stale" : "figures"}>
          <span class="big" data-testid="total">
            {number.whole(data.total ?? 0)}
          </span>
          <Comparison number={number} total={data} past={past} isToday={span.to >= day} />
          <Compare span={span} />
        </p>
      )}
    </div>
  );
}

type ComparisonProps = Pick<MetricScope, "number"> & {
  total: ReceivedAnswer;
  past: Answer<ReceivedAnswer> | undefined;
  isToday: boolean;
};

function Comparison({ number, total, past, isToday }: ComparisonProps) {
  const { texts, formats } = useStage();
  if (past === undefined) return <span class="hint">{texts.noComparison}</span>;
  if (past.data === undefined || past.isStale) return <span class="hint">…</span>;
  const span = formats.span(past.data.from, past.data.to);
  const change = changeOf(total.total ?? 0, past.data.total ?? 0);
  if (change === undefined) return <span class="hint">{texts.noBefore(span)}</span>;
  return (
    <span class="hint">
      <b class={change < 0 ? "change down" : "change"}>{formats.change(change)}</b>{" "}
      {texts.beforeWas(number.whole(past.data.total ?? 0), span)}
      {isToday && ` · ${texts.incomplete}`}
    </span>
  );
}

function Nothing({ metric, day }: Props) {
  const { texts, formats, view, go } = useStage();
  const { from, to } = spanOf(view.range, day);
  const isFiltered = Object.keys(view.filters).some((name) => name !== metric.unit);
  return (
    <Message
      title={texts.emptyRange(
        metricName(texts, metric.name),
        view.range === "all" ? texts.ranges.all : formats.span(from, to),
      )}
    >
      <p>{isFiltered ? texts.emptyRangeFiltered : texts.emptyRangeHow}</p>
      <p class="choices">
        {view.range !== "all" && (
          <button type="button" onClick={() => go({ range: "all" })}>
            {texts.showAll}
          </button>
        )}
        {isFiltered && (
          <button type="button" onClick={() => go({ filters: {} })}>
            {texts.clearFilters}
          </button>
        )}
      </p>
    </Message>
  );
}
