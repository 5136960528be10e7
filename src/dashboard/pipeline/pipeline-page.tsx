/** The pipeline's own state: is data arriving, and is it complete? */
import { useEffect, useMemo } from "preact/hooks";
import type { ReceivedLive, ReceivedMetrics, ReceivedStatus } from "../ask/answers.ts";
import { METRICS_PATH, metricPath, STATUS_PATH } from "../ask/question-path.ts";
import { type Answer, useAnswer } from "../ask/use-answer.ts";
import { EmptyStage } from "../panel/empty-stage.tsx";
import { stateOf } from "../panel/message.tsx";
import { useStage } from "../stage.ts";
import { countFormat, createFormats, type Formats, type NumberFormat } from "../words/formats.ts";
import { PipelineDays } from "./days-table.tsx";
import { PipelineFacts } from "./facts.tsx";
import { RefusedRequests } from "./refused.tsx";
import { RejectedEvents } from "./rejected.tsx";
import { Snapshots } from "./snapshots.tsx";
import { Sources } from "./sources.tsx";

export type PipelineProps = { status: ReceivedStatus; number: NumberFormat; formats: Formats };

const STATUS_EVERY_MS = 3000;
/** The metrics that together count every event. */
const broadest = ["events", "requests"];

export function PipelinePage() {
  const { texts, locale, language } = useStage();
  const status = useAnswer<ReceivedStatus>(STATUS_PATH, { everyMs: STATUS_EVERY_MS });
  const timezone = status.data?.timezone ?? "UTC";
  const formats = useMemo(() => createFormats({ locale, language, timezone }), [locale, language, timezone]);
  const number = useMemo(() => countFormat(locale), [locale]);
  useEffect(() => {
    document.title = `${texts.pages.pipeline} · ${texts.product}`;
  }, [texts]);
  if (status.data === undefined) return stateOf(status) ?? null;
  const props: PipelineProps = { status: status.data, number, formats };
  const { has_events, rejected, refused, snapshots } = status.data;
  const turnedAway = rejected.last_7_days.total !== 0 || refused.last_7_days.length > 0;
  if (!has_events && !turnedAway && snapshots.length === 0) return <EmptyStage />;
  return (
    <>
      <h1 class="visually-hidden">{texts.pages.pipeline}</h1>
      <Arriving {...props} />
      <PipelineFacts {...props} />
      {status.data.days.length > 0 && <PipelineDays {...props} />}
      <Sources {...props} />
      <Snapshots {...props} />
      <RejectedEvents {...props} />
      <RefusedRequests {...props} />
    </>
  );
}

function Arriving({ status, number, formats }: PipelineProps) {
  const { texts } = useStage();
  const metrics = useAnswer<ReceivedMetrics>(METRICS_PATH);
  const names = metrics.data?.metrics.map(({ name }) => name) ?? [];
  const [first, second] = broadest
    .filter((name) => names.includes(name))
    .map((metric) => metricPath({ metric, filters: {}, minutes: 30 }));
  const answers = [
    useAnswer<ReceivedLive>(first, { everyMs: 2000 }),
    useAnswer<ReceivedLive>(second, { everyMs: 2000 }),
  ];
  const known = answers.map(({ data }: Answer<ReceivedLive>) => Number(data?.total ?? 0));
  if (answers[0]?.data === undefined) return null;
  const total = known.reduce((sum, value) => sum + value, 0);
  const [last] = status.days;
  const words =
    total > 0
      ? texts.arrivingHow(number.whole(total))
      : last && texts.quietHow(number.whole(last.seen), formats.day(last.day));
  return (
    <p class={total > 0 ? "verdict good" : "verdict quiet"}>
      <strong>{total > 0 ? texts.arriving : texts.quiet}</strong> <span>{words}</span>
    </p>
  );
}
