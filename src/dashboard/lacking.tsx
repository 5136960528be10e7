/**
 * A word about what an answer lacks: days that were rolled up before what was asked for was kept, and values of open days that are no
 * longer kept apart.
 */
import type { MetricAnswer } from "./answers.ts";
import { useStage } from "./stage.ts";

export function Lacking({ answer }: { answer: MetricAnswer | undefined }) {
  return (
    <>
      <LackingDays answer={answer} />
      <BoundedDays answer={answer} />
    </>
  );
}

function LackingDays({ answer }: { answer: MetricAnswer | undefined }) {
  const { texts, formats } = useStage();
  if (answer?.incomplete_from === undefined || answer.rebuild === undefined) return null;
  const { from, to } = answer.rebuild;
  return (
    <p class="hint lacking" data-testid="lacking" title={`{"rebuild": {"from": "${from}", "to": "${to}"}}`}>
      {texts.lacking(Number(answer.incomplete_days ?? 0), formats.span(from, to))}
    </p>
  );
}

function BoundedDays({ answer }: { answer: MetricAnswer | undefined }) {
  const { texts, formats } = useStage();
  const [first, ...others] = answer?.bounded_days ?? [];
  if (first === undefined) return null;
  return (
    <p class="hint lacking" data-testid="bounded">
      {texts.bounded(formats.span(first, others.at(-1) ?? first))}
    </p>
  );
}
