/** Requests that were refused: how many, why, and with whose key. Shown only if there were some. */
import type { ReceivedStatus } from "../ask/answers.ts";
import { Heads } from "../panel/heads.tsx";
import { useStage } from "../stage.ts";
import type { Texts } from "../words/texts-en.ts";
import type { PipelineProps } from "./pipeline-page.tsx";

export function RefusedRequests({ status, number }: PipelineProps) {
  const { texts } = useStage();
  const { today, last_7_days: week } = status.refused;
  if (week.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="refused">
      <h2 id="refused">{texts.refused}</h2>
      <p class="hint">{texts.refusedHow}</p>
      <table>
        <Heads columns={[texts.refusedWhy, texts.rejectedToday, texts.rejectedWeek]} />
        <tbody>
          {week.map((one) => (
            <tr key={`${one.reason} ${one.app}`}>
              <th scope="row">
                {reasonName(texts, one.reason)}
                {one.app !== "" && <span class="hint"> {one.app}</span>}
              </th>
              <td class="number">{number.whole(requestsOf(today, one))}</td>
              <td class="number">{number.whole(one.requests)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

type Refused = ReceivedStatus["refused"]["today"];

function requestsOf(list: Refused, { reason, app }: Refused[number]) {
  return list.find((one) => one.reason === reason && one.app === app)?.requests ?? 0;
}

export function reasonName({ refusedReasons }: Texts, reason: string): string {
  return new Map(Object.entries(refusedReasons)).get(reason) ?? reason;
}
