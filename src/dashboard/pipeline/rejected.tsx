/** What was rejected and why. None of it is lost: the last lines say where to read it. */
import { useState } from "preact/hooks";
import { Download } from "../panel/download.tsx";
import { Heads } from "../panel/heads.tsx";
import { addDays } from "../range/day-math.ts";
import { useStage } from "../stage.ts";
import { dimensionName } from "../words/words.ts";
import { mergeReasons, rejectedCells, rejectedSql } from "./days.ts";
import type { PipelineProps } from "./pipeline-page.tsx";
import { RejectedSamples } from "./rejected-samples.tsx";

export function RejectedEvents(props: PipelineProps) {
  const { status, number } = props;
  const { texts } = useStage();
  const reasons = mergeReasons(status.rejected);
  const { today, last_7_days } = status.rejected;
  const columns = [texts.reason, texts.rejectedToday, texts.rejectedWeek];
  const nameOf = (reason: string) => (reason === "" ? texts.reasonWhole : reason);
  const csvColumns = [...columns, texts.receivedAt, dimensionName(texts, "app"), texts.errors, texts.rawEvent];
  const csvRows = () => [csvColumns, ...rejectedCells(status.rejected, nameOf)];
  return (
    <section class="panel" aria-labelledby="rejected">
      <div class="chart-head">
        <h2 id="rejected">{texts.rejected}</h2>
        {reasons.length > 0 && <Download of={[texts.pages.pipeline, texts.rejected]} rows={csvRows} />}
      </div>
      {reasons.length === 0 ? (
        <p class="hint">{texts.rejectedNone}</p>
      ) : (
        <>
          <table>
            <Heads columns={columns} />
            <tbody>
              {reasons.map((one) => (
                <tr key={one.reason}>
                  <th scope="row">{one.reason === "" ? texts.reasonWhole : <code>{one.reason}</code>}</th>
                  <td class="number">{number.whole(one.today)}</td>
                  <td class="number">{number.whole(one.week)}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">{texts.total}</th>
                <td class="number">{number.whole(today.total)}</td>
                <td class="number">{number.whole(last_7_days.total)}</td>
              </tr>
            </tfoot>
          </table>
          <RejectedSamples {...props} />
          <p class="hint">{texts.rejectedHow}</p>
          <Sql text={rejectedSql(addDays(status.today, -6))} />
        </>
      )}
    </section>
  );
}

function Sql({ text }: { text: string }) {
  const { texts } = useStage();
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => {},
    );
  return (
    <div class="sql">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable without a mouse */}
      <pre tabIndex={0}>{text}</pre>
      <button type="button" class="plain" onClick={copy}>
        {isCopied ? texts.copied : texts.copy}
      </button>
    </div>
  );
}
