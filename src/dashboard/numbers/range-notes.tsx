/**
 * Quiet notes on why a range has less than its reader expects: robots came (a first try with curl shows nothing), or
 * there was no data yet.
 */
import type { ReceivedAnswer } from "../ask/answers.ts";
import { useStage } from "../stage.ts";
import { countFormat } from "../words/formats.ts";

export function RangeNotes({ answer }: { answer: ReceivedAnswer | undefined }) {
  const { texts, formats, locale } = useStage();
  if (answer === undefined) return null;
  const { robots, from, data_from: since } = answer;
  return (
    <>
      {robots !== undefined && (
        <p class="hint lacking" data-testid="robots">
          {texts.robots(Number(robots), countFormat(locale).whole(robots))}
        </p>
      )}
      {since !== undefined && from < since && (
        <p class="hint lacking" data-testid="since">
          {texts.dataSince(formats.day(since))}
        </p>
      )}
    </>
  );
}
