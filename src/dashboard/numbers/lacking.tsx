/**
 * Notes about what an answer lacks: days that were counted, entirely or partly, before this breakdown was kept, and
 * values of open days that are no longer kept separately.
 */
import type { ReceivedAnswer } from "../ask/answers.ts";
import { useStage } from "../stage.ts";

export function Lacking({ answer }: { answer: ReceivedAnswer | undefined }) {
  return (
    <>
      <LackingDays answer={answer} />
      <BoundedDays answer={answer} />
      <PartialDays answer={answer} />
    </>
  );
}

function PartialDays({ answer }: { answer: ReceivedAnswer | undefined }) {
  const { texts, formats } = useStage();
  if (answer?.partial_days === undefined) return null;
  const days = answer.partial_days.map((day) => formats.span(day, day)).join(", ");
  return (
    <p class="hint lacking" data-testid="partial">
      {texts.partial(days)}
    </p>
  );
}

function LackingDays({ answer }: { answer: ReceivedAnswer | undefined }) {
  const { texts, formats } = useStage();
  if (answer?.incomplete_from === undefined || answer.rebuild === undefined) return null;
  const { from, to } = answer.rebuild;
  return (
    <p class="hint lacking" data-testid="lacking" title={`{"rebuild": {"from": "${from}", "to": "${to}"}}`}>
      {texts.lacking(Number(answer.incomplete_days ?? 0), formats.span(from, to))}
    </p>
  );
}

function BoundedDays({ answer }: { answer: ReceivedAnswer | undefined }) {
  const { texts, formats } = useStage();
  const [first, ...others] = answer?.bounded_days ?? [];
  if (first === undefined) return null;
  return (
    <p class="hint lacking" data-testid="bounded">
      {texts.bounded(formats.span(first, others.at(-1) ?? first))}
    </p>
  );
}
