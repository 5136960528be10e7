/** A range's number compared with the previous period, and its days as a chart that distinguishes the two layers. */
import type { ReceivedAnswer } from "../ask/answers.ts";
import { metricPath } from "../ask/question-path.ts";
import { type Answer, useAnswer } from "../ask/use-answer.ts";
import { Lacking } from "../numbers/lacking.tsx";
import type { MetricScope } from "../numbers/metric-view.tsx";
import { Message, stateOf } from "../panel/message.tsx";
import { useStage } from "../stage.ts";
import { changeOf } from "../words/formats.ts";
import { metricName } from "../words/words.ts";
import { addDays } from "./day-math.ts";
import { spanBefore, spanDrawn, spanOf } from "./range.ts";
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
  const drawn = spanDrawn(span);
  const before = spanBefore(view.range, day);
  const isDrawnWhole = drawn.from === span.from;
  const base = { metric: metric.name, filters };
  const series = useAnswer<ReceivedAnswer>(metricPath({ ...base, span: drawn, byDay: true }), { beat });
  // If more or less than the range is drawn, the range's number needs its own question.
  const alone = useAnswer<ReceivedAnswer>(isDrawnWhole ? undefined : metricPath({ ...base, span }), { beat });
  // The days since 1970 are more than a chart can have; this is only mentioned if there were events before the chart.
  const earlier = { from: span.from, to: addDays(drawn.from, -1) };
  const uncharted = useAnswer<ReceivedAnswer>(
    view.range === "all" ? metricPath({ ...base, span: earlier }) : undefined,
  );
  const isCut = drawn.from > span.from && (view.range !== "all" || Number(uncharted.data?.total ?? 0) !== 0);
  const past = useAnswer<ReceivedAnswer>(before && metricPath({ ...base, span: before, byDay: true }));
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
      {isEmpty && <Nothing {...props} />}
      {!isEmpty && series.data && (
        <RangeChart
          {...props}
          answer={series.data}
          total={total.data}
          before={before === undefined || past.isStale ? undefined : past.data}
          span={span}
          isCut={isCut}
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
