/** Where events come from: when last, how late, how many. A source that has been silent for a day is shown in grey. */
import type { ReceivedStatus } from "../ask/answers.ts";
import { Heads } from "../panel/heads.tsx";
import { ScrollArea } from "../panel/scroll-area.tsx";
import { useStage } from "../stage.ts";
import { sourceName } from "../words/words.ts";
import type { PipelineProps } from "./pipeline-page.tsx";
import { reasonName } from "./refused.tsx";

const DAY_MS = 86_400_000;

export function Sources(props: PipelineProps) {
  const { texts } = useStage();
  const { sources } = props.status;
  if (sources.length === 0) return null;
  const { source, lastSeen, lag, rejectedToday, rejectedWeek, rejected, refused } = texts;
  return (
    <section class="panel" aria-labelledby="sources">
      <h2 id="sources">{texts.sources}</h2>
      <p class="hint">{texts.sourcesHow}</p>
      <ScrollArea isWide aria-labelledby="sources">
        <table>
          <Heads columns={[source, lastSeen, lag, rejectedToday, rejectedWeek, rejected, refused]} numbersFrom={2} />
          <tbody>
            {sources.map((one) => (
              <SourceRow key={one.source} {...props} one={one} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </section>
  );
}

type Source = ReceivedStatus["sources"][number];

function SourceRow({ one, number, formats }: PipelineProps & { one: Source }) {
  const { texts } = useStage();
  const { last_seen: seen, lag_ms, today, last_7_days: week } = one;
  const silence = seen === null ? 0 : Date.now() - Date.parse(seen);
  const counts = [today.rows, week.rows, week.rejected, week.refused];
  return (
    <tr>
      <th scope="row">
        {sourceName(texts, one.source)}
        {one.refused.length > 0 && (
          <p class="hint">
            {one.refused
              .map(({ reason, requests }) => `${reasonName(texts, reason)}: ${number.whole(requests)}`)
              .join(", ")}
          </p>
        )}
      </th>
      <td class={silence > DAY_MS ? "hint" : ""}>
        {seen === null ? "–" : `${formats.ago(silence)} · ${formats.time(seen)}`}
      </td>
      <td class="number">{lag_ms === null ? "–" : formats.lasted(Number(lag_ms))}</td>
      {counts.map((count, i) => (
        <td key={i} class="number">
          {number.whole(count)}
        </td>
      ))}
    </tr>
  );
}
