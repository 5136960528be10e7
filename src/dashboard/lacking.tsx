/** A word about the days that an answer lacks, because they were rolled up before what was asked for was kept. */
import type { MetricAnswer } from "./answers.ts";
import { useStage } from "./stage.ts";

export function Lacking({ answer }: { answer: MetricAnswer | undefined }) {
  const { texts, formats } = useStage();
  if (answer?.incomplete_from === undefined || answer.rebuild === undefined) return null;
  const { from, to } = answer.rebuild;
  return (
    <p class="hint lacking" data-testid="lacking" title={`{"rebuild": {"from": "${from}", "to": "${to}"}}`}>
      {texts.lacking(Number(answer.incomplete_days ?? 0), formats.span(from, to))}
    </p>
  );
}
