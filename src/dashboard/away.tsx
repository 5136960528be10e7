/** Tells the reader that the server does not answer, as long as it does not. */
import { useEffect, useState } from "preact/hooks";
import { useStage } from "./stage.ts";

export function Away() {
  const { client, texts, formats } = useStage();
  const [since, setSince] = useState(client.awaySince);
  useEffect(() => client.subscribe(() => setSince(client.awaySince())), [client]);
  return (
    <div class="away-holder" role="status">
      {since !== undefined && <p class="away">{texts.away(formats.clock(since))}</p>}
    </div>
  );
}
