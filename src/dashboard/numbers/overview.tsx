/**
 * The numbers that everybody asks first, each with its change and a small line. Selecting one makes it the chart below.
 * They are asked again rarely: what moves by the second is below.
 */
import { useMemo } from "preact/hooks";
import type { ListedMetric, ReceivedAnswer, ReceivedLive } from "../ask/answers.ts";
import { metricPath } from "../ask/question-path.ts";
import { useAnswer } from "../ask/use-answer.ts";
import type { Whole } from "../ask/whole.ts";
import { fittingFilters, isKept, isKeptByHour } from "../breakdowns/kept.ts";
import { linePath } from "../chart/path.ts";
import { suitableInterval } from "../range/chart-points.ts";
import { spanCompared, spanOf } from "../range/range.ts";
import { useStage } from "../stage.ts";
import type { ShownFilters } from "../view.ts";
import { changeOf, type NumberFormat } from "../words/formats.ts";
import { metricName } from "../words/words.ts";
import { formatFor } from "./metric-kind.ts";

const shown = ["visitors", "visits", "page_views", "bounce_rate", "duration_per_visit", "revenue"];
/** A rise of these is no good news. */
const worseWhenMore: readonly string[] = ["bounce_rate"];
const MOST_CHARACTERS = 11;
const EVERY_MS = 60_000;
const NOW_MINUTES = 5;
const NOW_EVERY_MS = 15_000;

/** `chosen` is the metric of the chart. */
export function Overview({ metrics, chosen }: { metrics: readonly ListedMetric[]; chosen: string | undefined }) {
  const { texts, view, client } = useStage();
  const first = metrics[0];
  const today = useAnswer<ReceivedAnswer>(
    first && metricPath({ metric: first.name, filters: fittingFilters(first, view.filters) }),
  );
  const tiles = shown.flatMap((name) => metrics.find((metric) => metric.name === name) ?? []);
  const day = today.data?.to;
  if (tiles.length === 0 || day === undefined) return null;
  return (
    <section class="panel overview" aria-label={texts.overview}>
      <ul>
        {client.locked === undefined && <NowTile />}
        {tiles.map((metric) => (
          <MetricTile key={metric.name} metric={metric} day={day} isChosen={metric.name === chosen} />
        ))}
      </ul>
    </section>
  );
}

/** Who is here. Minutes are kept only as totals, so filters do not matter. */
function NowTile() {
  const { texts, locale } = useStage();
  const live = useAnswer<ReceivedLive>(metricPath({ metric: "visitors", filters: {}, minutes: NOW_MINUTES }), {
    everyMs: NOW_EVERY_MS,
  });
  const number = useMemo(() => new Intl.NumberFormat(locale), [locale]);
  return (
    <li class="tile now-tile">
      <span class="tile-name">{texts.visitorsNow}</span>
      <b class="tile-value" data-testid="now">
        {live.data ? number.format(live.data.total) : "…"}
      </b>
      <span class="hint">{texts.inMinutes(NOW_MINUTES)}</span>
    </li>
  );
}

type TileProps = { metric: ListedMetric; day: string; isChosen: boolean };

function MetricTile({ metric, day, isChosen }: TileProps) {
  const { view } = useStage();
  const { unit } = metric;
  const units = useAnswer<ReceivedAnswer>(
    unit === null || view.filters[unit] !== undefined
      ? undefined
      : metricPath({ metric: metric.name, filters: {}, span: spanOf("12m", day), by: unit, limit: 1 }),
  );
  const chosen = unit === null ? undefined : (view.filters[unit] ?? units.data?.groups?.[0]?.key);
  const others = Object.fromEntries(Object.entries(view.filters).filter(([name]) => name !== "currency"));
  if (unit !== null && chosen === undefined) return null;
  const filters = unit === null || chosen === undefined ? others : { ...others, [unit]: chosen };
  return <Tile {...{ metric, day, isChosen, filters }} />;
}

function Tile({ metric, day, isChosen, filters }: TileProps & { filters: ShownFilters }) {
  const { texts, formats, view, locale, go } = useStage();
  const span = spanOf(view.range, day);
  const before = spanCompared(view, day);
  const isMoving = span.to >= day;
  const base = { metric: metric.name, filters };
  const canAsk = isKept(metric, Object.keys(filters));
  const interval = suitableInterval(span, isKeptByHour(metric, filters));
  const path = canAsk ? metricPath({ ...base, span, interval }) : undefined;
  const answer = useAnswer<ReceivedAnswer>(path, isMoving ? { everyMs: EVERY_MS } : {});
  const past = useAnswer<ReceivedAnswer>(canAsk && before ? metricPath({ ...base, span: before }) : undefined);
  const number = formatFor(metric, locale, filters.currency ?? "");
  const total = answer.data?.total;
  const change = total != null && past.data?.total != null ? changeOf(total, past.data.total) : undefined;
  const isWorse = worseWhenMore.includes(metric.name) ? (change ?? 0) > 0 : (change ?? 0) < 0;
  return (
    <li class="tile">
      <button
        type="button"
        aria-pressed={isChosen}
        onClick={() => go({ metric: metric.name, filters: fittingFilters(metric, view.filters), interval: undefined })}
      >
        <span class="tile-name">{metricName(texts, metric.name)}</span>
        <b class={answer.isStale ? "tile-value stale" : "tile-value"} data-testid={`tile-${metric.name}`}>
          {!canAsk ? "–" : total == null ? "…" : short(number, total)}
        </b>
        <span class={isWorse ? "change down" : "change"}>{change === undefined ? " " : formats.change(change)}</span>
        <Line values={answer.data?.series?.map(({ value }) => Number(value)) ?? []} />
      </button>
    </li>
  );
}

/** Long amounts do not fit; the chart has all their digits. */
function short(number: NumberFormat, value: Whole): string {
  const whole = number.whole(value);
  return whole.length > MOST_CHARACTERS ? number.compact(Number(value)) : whole;
}

const LINE = { width: 120, height: 26 };

/** The shape of the range; the chart below has its numbers. */
function Line({ values }: { values: readonly number[] }) {
  const first = values.findIndex((value) => value !== 0);
  const drawn = values.slice(Math.max(0, first));
  const most = Math.max(...drawn) || 1;
  const tops = drawn.map((value) => LINE.height - 2 - (Math.max(0, value) / most) * (LINE.height - 4));
  return (
    <svg class="spark" viewBox={`0 0 ${LINE.width} ${LINE.height}`} preserveAspectRatio="none" aria-hidden="true">
      {drawn.length > 1 && <path d={linePath({ count: drawn.length, width: LINE.width }, tops)} />}
    </svg>
  );
}
