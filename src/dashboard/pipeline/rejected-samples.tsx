/** Samples of what was rejected, exactly as it came: it is from strangers, and is only ever shown as text. */
import type { ReceivedStatus } from "../ask/answers.ts";
import { useStage } from "../stage.ts";
import { errorText } from "./days.ts";
import type { PipelineProps } from "./pipeline-page.tsx";

export function RejectedSamples({ status, formats }: PipelineProps) {
  const { texts } = useStage();
  const { samples } = status.rejected;
  if (samples.length === 0) return null;
  return (
    <>
      <h3 id="samples">{texts.samples}</h3>
      <p class="hint">{texts.samplesHow}</p>
      <ul class="samples" aria-labelledby="samples">
        {samples.map((sample) => (
          <Sample key={sample.reason} sample={sample} time={formats.time(sample.received_at)} />
        ))}
      </ul>
    </>
  );
}

function Sample({ sample, time }: { sample: ReceivedStatus["rejected"]["samples"][number]; time: string }) {
  const { texts } = useStage();
  return (
    <li>
      <p>
        {sample.reason === "" ? texts.reasonWhole : <code>{sample.reason}</code>}{" "}
        <span class="hint">{sample.app === "" ? time : `${time} · ${sample.app}`}</span>
      </p>
      {sample.errors.map((error) => (
        <p key={error.path}>{errorText(error)}</p>
      ))}
      <pre>{sample.raw}</pre>
    </li>
  );
}
