/** Today's number, live, and the last minutes. */
import { useMemo } from "preact/hooks";
import type { ReceivedAnswer, ReceivedLive } from "../ask/answers.ts";
import { metricPath } from "../ask/question-path.ts";
import { type Answer, useAnswer } from "../ask/use-answer.ts";
import { Chart } from "../chart/chart.tsx";
import { DataTable } from "../panel/data-table.tsx";
import { Download } from "../panel/download.tsx";
import { stateOf } from "../panel/message.tsx";
import { addDays } from "../range/day-math.ts";
import { useStage } from "../stage.ts";
import { metricName } from "../words/words.ts";
import { hasMinutes } from "./metric-kind.ts";
import type { MetricScope } from "./metric-view.tsx";
import { NowList, type NowListProps } from "./now-list.tsx";

type Props = MetricScope & NowListProps & { today: Answer<ReceivedAnswer>; live: Answer<ReceivedLive> };

export function NowPanel({ metric, filters, number, today, live, metrics, counts }: Props) {
  const { texts, formats } = useStage();
  const day = today.data?.to ?? "";
  const yesterday = useAnswer<ReceivedAnswer>(
    metricPath({ metric: metric.name, filters, span: { from: addDays(day, -1), to: addDays(day, -1) } }),
  );
  const value = number.whole(today.data?.total ?? 0);
  return (
    <section class="panel now" aria-labelledby="now">
      <div class="now-today">
        <h2 id="now">
          {texts.now} <span class="hint">{formats.dayLong(day)}</span>
        </h2>
        <p class={today.isStale ? "big stale" : "big"}>
          {/* A new key for a new number: it is another element, and shows that it moved. */}
          <span key={value} class="moved" data-testid="today">
            {value}
          </span>
          <span class="unit">
            {metricName(texts, metric.name)} {texts.today}
          </span>
        </p>
        <p class="hint">{yesterday.data?.total != null && texts.yesterdayWas(number.whole(yesterday.data.total))}</p>
      </div>
      <div class="now-minutes">
        {live.data ? (
          <Minutes metric={metric} filters={filters} number={number} live={live.data} />
        ) : (
          hasMinutes(metric) && stateOf(live)
        )}
      </div>
      <NowList {...{ metrics, filters, counts }} />
    </section>
  );
}

function Minutes({ metric, filters, number, live }: MetricScope & { live: ReceivedLive }) {
  const { texts } = useStage();
  const { minutes } = live;
  const points = useMemo(
    () => minutes.map(({ value }) => ({ value: Number(value), realtime: Number(value), isRealtime: true })),
    [minutes],
  );
  const clock = (index: number) => minutes[index]?.minute.slice(11) ?? "";
  const pointLabel = useMemo(() => clock, [minutes[0]?.minute]);
  const name = metricName(texts, metric.name);
  const isFiltered = Object.keys(filters).some((dimension) => dimension !== metric.unit);
  // Visitors cannot be added over minutes, and the minutes are not kept by filters.
  const own = metric.value === "distinct" ? texts.minutesDistinct : number.whole(live.total);
  const note = isFiltered ? texts.minutesNoFilter : own;
  return (
    <>
      <div class="chart-head">
        <h3>
          {texts.lastMinutes} <span class="hint">{note}</span>
        </h3>
      </div>
      <Chart
        points={points}
        label={`${name}, ${texts.lastMinutes}`}
        height={150}
        valueLabel={number.compact}
        pointLabel={pointLabel}
        describe={(i) => [clock(i), number.whole(minutes[i]?.value ?? 0)]}
      />
      <DataTable
        summary={texts.asTable}
        columns={[texts.minute, name]}
        rows={() => minutes.toReversed().map(({ minute, value }) => [minute.slice(11), number.whole(value)])}
      >
        <Download
          of={[name, texts.lastMinutes]}
          rows={() => [[texts.minute, name], ...minutes.map(({ minute, value }) => [minute, number.plain(value)])]}
        />
      </DataTable>
    </>
  );
}
