/**
 * One metric with some filters: now, the range, the breakdowns. Knows the stage's current day, and when something
 * changed.
 */

import { useMemo } from "preact/hooks";
import type { ListedMetric, ReceivedAnswer, ReceivedLive, ReceivedStatus } from "../ask/answers.ts";
import { metricPath, STATUS_PATH } from "../ask/question-path.ts";
import { useAnswer, useThrottled } from "../ask/use-answer.ts";
import { Breakdowns } from "../breakdowns/breakdowns.tsx";
import { EmptyStage } from "../panel/empty-stage.tsx";
import { stateOf } from "../panel/message.tsx";
import { spanOf } from "../range/range.ts";
import { RangePanel } from "../range/range-panel.tsx";
import { useStage } from "../stage.ts";
import type { ShownFilters } from "../view.ts";
import { countFormat, type NumberFormat } from "../words/formats.ts";
import { formatFor, hasMinutes } from "./metric-kind.ts";
import { NowPanel } from "./now-panel.tsx";

/** What the panels share. */
export type MetricScope = {
  metric: ListedMetric;
  /** Every filter, including the currency. */
  filters: ShownFilters;
  number: NumberFormat;
};

/**
 * On this machine the stream buffers for one second, and a number must change within two. On AWS it buffers for ten, so
 * asking that often would only cost money.
 */
const LIVE_EVERY_MS = /^(localhost|127\.|\[::1])/.test(location.hostname) ? 500 : 5000;
const MINUTES = 30;
const RANGE_MOVES_EVERY_MS = 4000;
const GROUPS_MOVE_EVERY_MS = 8000;

type Props = { metrics: readonly ListedMetric[]; metric: ListedMetric; filters: ShownFilters };

export function MetricView({ metrics, metric, filters }: Props) {
  const { client, locale, view } = useStage();
  const { unit, name } = metric;
  const number = useMemo(
    () => formatFor(metric, locale, (unit && filters[unit]) ?? ""),
    [metric, locale, unit, filters],
  );
  const counts = useMemo(() => countFormat(locale), [locale]);
  // Minutes are kept only as totals: with a filter, they still show when to ask again.
  const unitFilter = unit === null ? {} : { [unit]: filters[unit] ?? "" };
  const isShared = client.locked !== undefined;
  const hasLive = hasMinutes(metric) && !isShared;
  const minutesPath = hasLive ? metricPath({ metric: name, filters: unitFilter, minutes: MINUTES }) : undefined;
  const live = useAnswer<ReceivedLive>(minutesPath, { everyMs: LIVE_EVERY_MS });
  const moves = live.data?.minutes.map(({ minute, value }) => `${minute.slice(-1)}${value}`).join();
  const today = useAnswer<ReceivedAnswer>(metricPath({ metric: name, filters }), { beat: moves, everyMs: 15_000 });
  const status = useAnswer<ReceivedStatus>(isShared ? undefined : STATUS_PATH, { everyMs: 30_000 });
  const rangeBeat = useThrottled(moves, RANGE_MOVES_EVERY_MS);
  const groupsBeat = useThrottled(moves, GROUPS_MOVE_EVERY_MS);
  if (today.data === undefined) return stateOf(today) ?? null;
  if (status.data?.has_events === false && today.data.total === 0) return <EmptyStage />;

  const day = today.data.to;
  const scope: MetricScope = { metric, filters, number };
  const isMoving = spanOf(view.range, day).to >= day;
  return (
    <>
      {!isShared && <NowPanel {...scope} {...{ metrics, counts, today, live }} />}
      <RangePanel
        {...scope}
        day={day}
        lateDays={status.data?.late_days ?? noDays}
        beat={isMoving ? rangeBeat : undefined}
      />
      <Breakdowns
        {...scope}
        metrics={metrics}
        counts={counts}
        span={spanOf(view.range, day)}
        beat={isMoving ? groupsBeat : undefined}
      />
    </>
  );
}

const noDays: readonly string[] = [];
