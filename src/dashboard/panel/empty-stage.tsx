/** A stage without any events: how to send the first one. */

import { useStage } from "../stage.ts";
import { Message } from "./message.tsx";

export function EmptyStage() {
  const { texts } = useStage();
  const beacon = `<script defer src="${location.origin}/beacon.js" data-key="wk_…"></script>`;
  // Events from a robot such as curl are only counted with the trusted key.
  const curl = `curl ${location.origin}/v1/events -H 'x-write-key: tk_…' -d '{"name":"click","target":"hello"}'`;
  return (
    <Message title={texts.emptyStage}>
      <p>{texts.emptyStageHow}</p>
      <pre>{beacon}</pre>
      <pre>{curl}</pre>
      <p class="hint">{texts.emptyStageKeys}</p>
    </Message>
  );
}
