/** Databases that are copied to the lake: when last, how much, and what went wrong since. Shown only if there are some. */
import type { ReceivedStatus } from "../ask/answers.ts";
import { add } from "../ask/whole.ts";
import { Heads } from "../panel/heads.tsx";
import { ScrollArea } from "../panel/scroll-area.tsx";
import { useStage } from "../stage.ts";
import type { PipelineProps } from "./pipeline-page.tsx";

export function Snapshots(props: PipelineProps) {
  const { texts } = useStage();
  const { snapshots } = props.status;
  const { source, snapshotAt, snapshotTables, snapshotRows, snapshotKept, snapshotSkipped } = texts;
  if (snapshots.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="snapshots">
      <h2 id="snapshots">{texts.snapshots}</h2>
      <p class="hint">{texts.snapshotsHow}</p>
      <ScrollArea isWide aria-labelledby="snapshots">
        <table>
          <Heads
            columns={[source, snapshotAt, snapshotTables, snapshotRows, snapshotKept, snapshotSkipped]}
            numbersFrom={2}
          />
          <tbody>
            {snapshots.map((one) => (
              <SnapshotRow key={one.source} {...props} one={one} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </section>
  );
}

type Snapshot = ReceivedStatus["snapshots"][number];

function SnapshotRow({ one, number, formats }: PipelineProps & { one: Snapshot }) {
  const { texts } = useStage();
  const sumOf = (column: "rows" | "kept" | "skipped") =>
    number.whole(one.tables.map((table) => table[column]).reduce(add, 0));
  return (
    <tr>
      <th scope="row">
        {one.source}
        {one.consistent === false && <span class="hint"> {texts.snapshotNotOneInstant}</span>}
        {one.failed !== null && (
          <p class="hint">
            <span class="state short">{texts.snapshotFailed}</span> {formats.time(one.failed.at)} · {one.failed.message}
          </p>
        )}
      </th>
      <td>{one.at === null ? "–" : `${formats.ago(Date.now() - Date.parse(one.at))} · ${formats.time(one.at)}`}</td>
      <td class="number">{number.whole(one.tables.length)}</td>
      <td class="number">{sumOf("rows")}</td>
      <td class="number">{sumOf("kept")}</td>
      <td class="number">{sumOf("skipped")}</td>
    </tr>
  );
}
