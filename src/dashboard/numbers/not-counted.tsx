/** A quiet note that robots came: a first try with curl shows nothing, and this says why. */
import type { ReceivedAnswer } from "../ask/answers.ts";
import { useStage } from "../stage.ts";
import { countFormat } from "../words/formats.ts";

export function NotCounted({ answer }: { answer: ReceivedAnswer | undefined }) {
  const { texts, locale } = useStage();
  const { robots } = answer ?? {};
  if (robots === undefined) return null;
  return (
    <p class="hint lacking" data-testid="robots">
      {texts.robots(Number(robots), countFormat(locale).whole(robots))}
    </p>
  );
}
