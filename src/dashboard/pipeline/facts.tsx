/** The pipeline's state in a few facts: watermark, waiting days, incomplete days, the last batch run. */
import type { ComponentChildren } from "preact";
import { add } from "../ask/whole.ts";
import { useStage } from "../stage.ts";
import type { PipelineProps } from "./pipeline-page.tsx";

export function PipelineFacts(props: PipelineProps) {
  const { texts } = useStage();
  const { status, number, formats } = props;
  const { today, sealed_through, open_days, late_days, short_days, drift } = status;
  const dayName = (day: string) => (day.slice(0, 4) === today.slice(0, 4) ? formats.dayShort(day) : formats.day(day));
  const missing = short_days.map((short) => short.missing).reduce(add, 0);
  return (
    <dl class="facts">
      <Fact name={texts.watermark} value={sealed_through === null ? texts.watermarkNone : formats.day(sealed_through)}>
        {texts.watermarkHow}
      </Fact>
      <Fact name={texts.openDays} value={number.whole(open_days.length)}>
        {open_days.slice(-6).map(dayName).join(", ")}
      </Fact>
      <Fact name={texts.lateDays} value={number.whole(late_days.length)} tone={late_days.length > 0 ? "attention" : ""}>
        {late_days.length > 0
          ? `${late_days.slice(-6).map(dayName).join(", ")}. ${texts.lateDaysHow}`
          : texts.lateDaysNone}
      </Fact>
      <Fact name={texts.shortDays} value={number.whole(short_days.length)} tone={short_days.length > 0 ? "bad" : ""}>
        {short_days.length > 0
          ? `${short_days
              .slice(-6)
              .map(({ day }) => dayName(day))
              .join(", ")}. ${texts.shortDaysHow(number.whole(missing))}`
          : texts.shortDaysNone}
      </Fact>
      {drift.length > 0 && (
        <Fact name={texts.drift} value={number.whole(drift.length)} tone="bad">
          {`${drift
            .slice(-6)
            .map(({ day }) => dayName(day))
            .join(", ")}. ${texts.driftHow}`}
        </Fact>
      )}
      <HostileFacts {...props} dayName={dayName} />
      <LastRun {...props} />
    </dl>
  );
}

type NamedProps = PipelineProps & { dayName: (day: string) => string };

/** What clients did that they should not; nothing if they did not. */
function HostileFacts({ status: { bounded_days, reused_ids }, number, dayName }: NamedProps) {
  const { texts } = useStage();
  const breakdowns = [...new Set(bounded_days.flatMap((one) => one.breakdowns))];
  const namesOf = (days: { day: string }[]) =>
    days
      .slice(0, 6)
      .map(({ day }) => dayName(day))
      .join(", ");
  return (
    <>
      {bounded_days.length > 0 && (
        <Fact name={texts.boundedDays} value={number.whole(bounded_days.length)} tone="attention">
          {`${namesOf(bounded_days)}. ${texts.boundedDaysHow(breakdowns.slice(0, 6).join(", "))}`}
        </Fact>
      )}
      {reused_ids.length > 0 && (
        <Fact
          name={texts.reusedIds}
          value={number.whole(reused_ids.map(({ ids }) => ids).reduce(add, 0))}
          tone="attention"
        >
          {`${namesOf(reused_ids)}. ${texts.reusedIdsHow}`}
        </Fact>
      )}
    </>
  );
}

function LastRun({ status, number, formats }: PipelineProps) {
  const { texts } = useStage();
  const run = status.last_batch_run;
  if (run === null)
    return (
      <Fact name={texts.lastRun} value="–">
        {texts.lastRunNone}
      </Fact>
    );
  const ended = Date.parse(run.ended_at);
  const seconds = number.whole(Math.max(0, Math.round((ended - Date.parse(run.started_at)) / 1000)));
  const parts = [
    run.sealed.length > 0 && texts.lastRunSealed(run.sealed.length),
    run.waiting.length > 0 && texts.lastRunWaiting(run.waiting.length),
    run.failed.length > 0 && texts.lastRunFailed(run.failed.length),
  ].filter((part) => part !== false);
  return (
    <Fact name={texts.lastRun} value={formats.ago(Date.now() - ended)} tone={run.failed.length > 0 ? "bad" : ""}>
      {[
        parts.length > 0 ? parts.join(", ") : texts.lastRunNothing,
        formats.time(run.ended_at),
        texts.took(seconds),
      ].join(" · ")}
    </Fact>
  );
}

function Fact({
  name,
  value,
  tone,
  children,
}: {
  name: string;
  value: string;
  tone?: string;
  children: ComponentChildren;
}) {
  return (
    <div class={`panel fact ${tone ?? ""}`}>
      <dt>{name}</dt>
      <dd class="fact-value">{value}</dd>
      <dd class="hint">{children}</dd>
    </div>
  );
}
