/** The last days: what the stream has seen, what is in the lake, what the rollups contain. */

import type { ReceivedStatus } from "../ask/answers.ts";
import type { Whole } from "../ask/whole.ts";
import { Download } from "../panel/download.tsx";
import { ScrollArea } from "../panel/scroll-area.tsx";
import { useStage } from "../stage.ts";
import { stateOfDay } from "./days.ts";
import type { PipelineProps } from "./pipeline-page.tsx";

export function PipelineDays(props: PipelineProps) {
  const { texts } = useStage();
  const { status, formats } = props;
  const columns = [texts.day, texts.state, texts.seen, texts.ofRobots, texts.lake, texts.sealedRows, texts.sealedAt];
  const csvRows = () => [
    columns,
    ...status.days.map((one) => [
      one.day,
      texts.states[stateOfDay(status, one.day)],
      one.seen,
      one.robots,
      one.lake_rows ?? undefined,
      one.sealed_rows ?? undefined,
      one.sealed_at ?? undefined,
    ]),
  ];
  return (
    <section class="panel" aria-labelledby="days">
      <div class="chart-head">
        <h2 id="days">{texts.days}</h2>
        <Download of={[texts.pages.pipeline, texts.days]} rows={csvRows} />
      </div>
      <ScrollArea isWide aria-labelledby="days">
        <table>
          <thead>
            <tr>
              <th scope="col">{texts.day}</th>
              <th scope="col">{texts.state}</th>
              <th scope="col" class="number">
                {texts.seen}
              </th>
              <th scope="col" class="number" title={texts.ofRobotsHow}>
                {texts.ofRobots}
              </th>
              <th scope="col" class="number">
                {texts.lake}
              </th>
              <th scope="col">{texts.lakeAgainstSeen}</th>
              <th scope="col" class="number">
                {texts.sealedRows}
              </th>
              <th scope="col">{texts.sealedAt}</th>
            </tr>
          </thead>
          <tbody>
            {status.days.map((one) => (
              <DayRow key={one.day} {...props} one={one} formats={formats} />
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </section>
  );
}

function DayRow({ status, number, formats, one }: PipelineProps & { one: ReceivedStatus["days"][number] }) {
  const { texts } = useStage();
  const state = stateOfDay(status, one.day);
  const whole = (value: Whole | null) => (value === null ? "–" : number.whole(value));
  return (
    <tr>
      <th scope="row">{formats.dayLong(one.day)}</th>
      <td>
        <span class={`state ${state}`}>{texts.states[state]}</span>
      </td>
      <td class="number">{number.whole(one.seen)}</td>
      <td class="number">{number.whole(one.robots)}</td>
      <td class="number">{whole(one.lake_rows)}</td>
      <td>
        {one.lake_rows !== null && (
          <Meter part={one.lake_rows} whole={one.seen} label={texts.lakeAgainstSeen} text={formats.percent} />
        )}
      </td>
      <td class="number">{whole(one.sealed_rows)}</td>
      <td>{one.sealed_at === null ? "–" : formats.time(one.sealed_at)}</td>
    </tr>
  );
}

function Meter({
  part,
  whole,
  label,
  text,
}: {
  part: Whole;
  whole: Whole;
  label: string;
  text: (share: number) => string;
}) {
  const share = Number(whole) > 0 ? Math.min(1, Number(part) / Number(whole)) : 1;
  // Anything less than all is shown as less than 100 %, however little is missing.
  const shown = text(share < 1 ? Math.min(share, 0.999) : 1);
  return (
    <span class="meter">
      <meter min={0} max={1} low={0.999} optimum={1} value={share} aria-label={label} />
      <span class="hint">{shown}</span>
    </span>
  );
}
