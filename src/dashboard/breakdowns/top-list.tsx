/** The largest values of a dimension. Selecting a row filters the whole page by its value, or removes that filter. */
import { useState } from "preact/hooks";
import type { Group, ReceivedAnswer } from "../ask/answers.ts";
import { type MetricQuestion, metricPath } from "../ask/question-path.ts";
import { useAnswer } from "../ask/use-answer.ts";
import { add } from "../ask/whole.ts";
import { Lacking } from "../numbers/lacking.tsx";
import { addsUp } from "../numbers/metric-kind.ts";
import type { MetricScope } from "../numbers/metric-view.tsx";
import { Download } from "../panel/download.tsx";
import { stateOf } from "../panel/message.tsx";
import type { Span } from "../range/range.ts";
import { useStage } from "../stage.ts";
import { dimensionName, metricName, valueName } from "../words/words.ts";
import { allGroups } from "./all-groups.ts";
import { toggleFilter, withoutFilter } from "./kept.ts";

const FEW = 10;
const FEW_NOW = 5;
const MANY = 100;
const NOW_EVERY_MS = 15_000;

/** Of the days of a span, or of the last minutes. */
type Props = MetricScope & { dimension: string; beat?: unknown } & (
    | { span: Span; minutes?: never }
    | { span?: never; minutes: number }
  );

export function TopList({ metric, filters, number, span, minutes, beat, dimension }: Props) {
  const { texts, formats, client, language } = useStage();
  const [isLong, setLong] = useState(false);
  const isLocked = client.locked?.[dimension] !== undefined;
  // With a filter on the dimension itself, the list keeps its other rows, so that the reader can switch to one of them.
  const question = {
    metric: metric.name,
    filters: isLocked ? filters : withoutFilter(filters, dimension),
    span,
    minutes,
    by: dimension,
  };
  const few = minutes === undefined ? FEW : FEW_NOW;
  const answer = useAnswer<ReceivedAnswer>(
    metricPath({ ...question, limit: isLong ? MANY : few + 1 }),
    minutes === undefined ? { beat } : { everyMs: NOW_EVERY_MS },
  );
  const groups = answer.data?.groups;
  if (answer.data === undefined || groups === undefined) return stateOf(answer) ?? null;
  if (groups.length === 0)
    return (
      <>
        <Lacking answer={answer.data} />
        <p class="message small">{minutes === undefined ? texts.nothingHere : texts.quiet}</p>
      </>
    );
  const shown = isLong ? groups : groups.slice(0, few);
  const total = Number(answer.data.groups_total ?? 0);
  const label = (key: string) => valueName(texts, { dimension, value: key, language });
  return (
    <div class={answer.isStale ? "stale" : ""} aria-busy={answer.isStale}>
      <Lacking answer={answer.data} />
      <TopTable {...{ metric, number, dimension, groups, answer: answer.data, label }} count={shown.length} />
      <div class="data-row">
        {groups.length > few && (
          <button type="button" class="plain" aria-expanded={isLong} onClick={() => setLong(!isLong)}>
            {isLong ? texts.fewer : texts.more}
          </button>
        )}
        {total > shown.length && (
          <span class="hint" data-testid="groups-total">
            {texts.shownOf(formats.count(shown.length), formats.count(total))}
          </span>
        )}
        <SaveAll {...{ metric, number, question }} />
      </div>
    </div>
  );
}

type SaveProps = Pick<MetricScope, "metric" | "number"> & { question: MetricQuestion & { by: string } };

/** All groups as a file, not only those shown. */
function SaveAll({ metric, number, question }: SaveProps) {
  const { texts, formats, client } = useStage();
  const names = [dimensionName(texts, question.by), metricName(texts, metric.name)];
  const rows = async () => {
    const { signal } = new AbortController();
    const all = await allGroups(
      (page) => client.ask<ReceivedAnswer>(metricPath({ ...question, ...page }), { signal }),
      metric.groups_listed,
    );
    return [
      names,
      ...all.groups.map(({ key, value }) => [key, number.plain(value)]),
      ...(all.other === undefined ? [] : [[texts.others, number.plain(all.other)]]),
      ...(all.left === 0 ? [] : [[texts.left(formats.count(all.left)), undefined]]),
    ];
  };
  const when = question.minutes === undefined ? [] : [texts.lastMinutes];
  return <Download of={[...names.toReversed(), ...when]} rows={rows} />;
}

type TableProps = Pick<MetricScope, "metric" | "number"> & {
  dimension: string;
  groups: readonly Group[];
  answer: ReceivedAnswer;
  /** The number of groups to show. */
  count: number;
  label: (key: string) => string;
};

function TopTable({ metric, number, dimension, groups, answer, count, label }: TableProps) {
  const { texts } = useStage();
  const longest = Math.max(...groups.map(({ value }) => Number(value))) || 1;
  return (
    <table class="top">
      <thead class="visually-hidden">
        <tr>
          <th scope="col">{dimensionName(texts, dimension)}</th>
          <th scope="col">{metricName(texts, metric.name)}</th>
          {addsUp(metric) && <th scope="col">{texts.share}</th>}
        </tr>
      </thead>
      <tbody>
        {groups.slice(0, count).map((group) => (
          <Row
            key={group.key}
            group={group}
            dimension={dimension}
            label={label(group.key)}
            value={number.whole(group.value)}
            length={Number(group.value) / longest}
            share={addsUp(metric) ? shareOf(group, answer) : undefined}
          />
        ))}
        {answer.other !== undefined && (
          <Others
            value={groups.slice(count).reduce((sum, one) => add(sum, one.value), answer.other)}
            answer={answer}
            number={number}
          />
        )}
      </tbody>
    </table>
  );
}

type RowProps = {
  group: Group;
  dimension: string;
  label: string;
  value: string;
  length: number;
  share: number | undefined;
};

function Row({ group, dimension, label, value, length, share }: RowProps) {
  const { texts, formats, view, go } = useStage();
  return (
    <tr>
      <th scope="row">
        <span class="bar" style={{ width: `${Math.max(0, Math.min(1, length)) * 100}%` }} />
        <button
          type="button"
          title={label}
          aria-pressed={view.filters[dimension] === group.key}
          aria-label={texts.filterBy(dimensionName(texts, dimension), label)}
          onClick={() => go({ filters: toggleFilter(view.filters, dimension, group.key) })}
        >
          {label}
        </button>
      </th>
      <td class="number">{value}</td>
      {share !== undefined && <td class="number share">{formats.percent(share)}</td>}
    </tr>
  );
}

/** The part of the total that is in none of the rows above: beyond the list, or no longer kept separately. */
function Others({
  value,
  answer,
  number,
}: Pick<Group, "value"> & Pick<MetricScope, "number"> & { answer: ReceivedAnswer }) {
  const { texts, formats } = useStage();
  return (
    <tr data-testid="others">
      <th scope="row" class="hint">
        {texts.others}
      </th>
      <td class="number">{number.whole(value)}</td>
      <td class="number share">{formats.percent(shareOf({ value }, answer))}</td>
    </tr>
  );
}

function shareOf({ value }: Pick<Group, "value">, answer: ReceivedAnswer | undefined): number {
  const total = Number(answer?.total ?? 0);
  return total > 0 ? Number(value) / total : 0;
}
