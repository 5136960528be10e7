/** The numbers of one metric. Determines what is asked (metric, currency, possible filters), or says what is wrong. */
import { useEffect, useMemo } from "preact/hooks";
import type { ListedMetric, ReceivedAnswer, ReceivedMetrics } from "../ask/answers.ts";
import { METRICS_PATH, metricPath } from "../ask/question-path.ts";
import { useAnswer } from "../ask/use-answer.ts";
import { fittingFilters, isKept, withoutFilter } from "../breakdowns/kept.ts";
import { Message, stateOf } from "../panel/message.tsx";
import { FIRST_DAY } from "../range/range.ts";
import { useStage } from "../stage.ts";
import { dimensionName, metricName } from "../words/words.ts";
import { MetricView } from "./metric-view.tsx";
import { Overview } from "./overview.tsx";
import { Toolbar } from "./toolbar.tsx";

export function NumbersPage() {
  const { view, texts } = useStage();
  const answer = useAnswer<ReceivedMetrics>(METRICS_PATH);
  const metrics = answer.data?.metrics ?? [];
  const metric = view.metric === undefined ? metrics[0] : metrics.find(({ name }) => name === view.metric);
  useEffect(() => {
    document.title = metric ? `${metricName(texts, metric.name)} · ${texts.product}` : texts.product;
  }, [metric, texts]);
  if (answer.data === undefined) return stateOf(answer) ?? null;
  if (metric !== undefined)
    return (
      <>
        <Overview metrics={metrics} chosen={metric.name} />
        <MetricOfUnit key={metric.name} metric={metric} metrics={metrics} />
      </>
    );
  return (
    <>
      <Toolbar metrics={metrics} metric={undefined} />
      <Message title={texts.unknownMetric(view.metric ?? "")}>
        <p>{texts.unknownMetricHow}</p>
      </Message>
    </>
  );
}

/** A metric with a unit (revenue: the currency) shows one unit; the largest, until the reader chooses another. */
function MetricOfUnit({ metric, metrics }: { metric: ListedMetric; metrics: readonly ListedMetric[] }) {
  const { view, texts } = useStage();
  const { unit } = metric;
  const answer = useAnswer<ReceivedAnswer>(unit === null ? undefined : unitsPath(metric.name, unit));
  const units = answer.data?.groups?.map(({ key }) => key);
  const chosen = unit === null ? undefined : (view.filters[unit] ?? units?.[0]);
  const filters = useMemo(
    () => (unit === null || chosen === undefined ? view.filters : { ...view.filters, [unit]: chosen }),
    [view.filters, unit, chosen],
  );
  const isReady = unit === null || chosen !== undefined;
  return (
    <>
      <Toolbar metrics={metrics} metric={metric} units={units} unit={chosen} />
      {isReady && isKept(metric, Object.keys(filters)) && <MetricView {...{ metrics, metric, filters }} />}
      {isReady && !isKept(metric, Object.keys(filters)) && <NotKept metric={metric} />}
      {!isReady && (stateOf(answer) ?? <Message title={texts.noUnit(metricName(texts, metric.name))} />)}
    </>
  );
}

function unitsPath(metric: string, unit: string): string {
  return `${metricPath({ metric, filters: {}, by: unit })}&from=${FIRST_DAY}`;
}

/** Shown if the metric is not kept by all of these filters together; offers what is kept. */
function NotKept({ metric }: { metric: ListedMetric }) {
  const { view, texts, go } = useStage();
  const names = Object.keys(view.filters).filter((name) => name !== metric.unit);
  const unit = fittingFilters(metric, view.filters);
  const single = names.filter((name) => metric.dimensions.includes(name) && isKept(metric, [name]));
  const keep = (name: string) => {
    const others = names.filter((one) => one !== name);
    go({ filters: others.reduce((filters, other) => withoutFilter(filters, other), view.filters) });
  };
  return (
    <Message
      title={texts.filtersNotKept(
        metricName(texts, metric.name),
        names.map((name) => dimensionName(texts, name)).join(texts.and),
      )}
    >
      <p>{texts.notKeptHow}</p>
      <p class="choices">
        {single.map((name) => (
          <button key={name} type="button" onClick={() => keep(name)}>
            {texts.keepOnly(dimensionName(texts, name))}
          </button>
        ))}
        <button
          type="button"
          onClick={() =>
            go({
              filters:
                metric.unit === null
                  ? {}
                  : Object.fromEntries(Object.entries(unit).filter(([name]) => name === metric.unit)),
            })
          }
        >
          {texts.clearFilters}
        </button>
      </p>
    </Message>
  );
}
