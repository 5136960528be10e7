/** What is shown instead of numbers if there are none: loading, failed, or no data. */
import type { ComponentChildren } from "preact";
import type { AskError } from "../ask/ask.ts";
import type { Answer } from "../ask/use-answer.ts";
import { useStage } from "../stage.ts";

export function Message({ title, children }: { title?: string; children?: ComponentChildren }) {
  return (
    <div class="message">
      {title !== undefined && <h2>{title}</h2>}
      {children}
    </div>
  );
}

/** Grey lines as a placeholder. */
export function Loading({ isRunning }: { isRunning: boolean }) {
  const { texts } = useStage();
  return (
    <div class="loading" role="status">
      <span>{isRunning ? texts.running : texts.loading}</span>
    </div>
  );
}

export function Failure({ error, retry }: { error: AskError; retry: () => void }) {
  const { texts } = useStage();
  return (
    <div class="message wrong" role="alert">
      <p>{reasonOf(error, texts)}</p>
      <button type="button" onClick={retry}>
        {texts.retry}
      </button>
    </div>
  );
}

/** The loading or error state if there is no answer yet; undefined if there is one. */
export function stateOf({ data, error, isRunning, retry }: Answer<unknown>) {
  if (data !== undefined) return undefined;
  return error === undefined ? <Loading isRunning={isRunning} /> : <Failure error={error} retry={retry} />;
}

function reasonOf({ status, message }: AskError, texts: ReturnType<typeof useStage>["texts"]): string {
  if (status === 0 || status === 502 || status === 503) return texts.awayFirst;
  if (status === 429) return texts.tooMany;
  return `${texts.failed} ${status < 500 && message !== "" ? message : texts.failedHow}`;
}
