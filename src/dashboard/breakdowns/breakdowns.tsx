/** The metric by each of its dimensions, with one card for related dimensions. */
import type { TargetedKeyboardEvent } from "preact";
import { useState } from "preact/hooks";
import type { ListedMetric } from "../ask/answers.ts";
import type { MetricScope } from "../numbers/metric-view.tsx";
import type { Span } from "../range/range.ts";
import { useStage } from "../stage.ts";
import type { NumberFormat } from "../words/formats.ts";
import { dimensionName } from "../words/words.ts";
import { Choice } from "./choice.tsx";
import { type Card, canBreakDown, cardsOf } from "./kept.ts";
import { TopList } from "./top-list.tsx";

export type BreakdownProps = MetricScope & {
  metrics: readonly ListedMetric[];
  counts: NumberFormat;
  span: Span;
  beat: unknown;
};

export function Breakdowns(props: BreakdownProps) {
  const { client } = useStage();
  const { metric, filters } = props;
  // Who cannot leave the filters is not told what others could have.
  const shown = (card: Card): Card[] => {
    if (client.locked === undefined) return [card];
    const dimensions = card.dimensions.filter((one) => canBreakDown(metric, filters, one));
    return dimensions.length === 0 ? [] : [{ ...card, dimensions }];
  };
  return (
    <div class="cards">
      {cardsOf(props.metric)
        .flatMap(shown)
        .map((card) => (
          <BreakdownCard key={card.name} {...props} card={card} />
        ))}
      <EdgesCard {...props} />
    </div>
  );
}

const edges = ["entries", "exits"];

/** On which pages visits begin and end, whichever metric is shown: these are numbers of their own. */
function EdgesCard(props: BreakdownProps) {
  const { texts } = useStage();
  const [chosen, choose] = useState("entries");
  const listed = edges.flatMap((name) => props.metrics.find((metric) => metric.name === name) ?? []);
  const metric = listed.find(({ name }) => name === chosen);
  if (metric === undefined || !canBreakDown(metric, props.filters, "path")) return null;
  return (
    <section class="panel card" aria-label={texts.edges}>
      <Choice
        names={listed.map(({ name }) => name)}
        label={(name) => (name === "exits" ? texts.exitPages : texts.entryPages)}
        {...{ chosen, choose }}
      />
      <TopList key={chosen} {...props} metric={metric} number={props.counts} dimension="path" />
    </section>
  );
}

function BreakdownCard({ card, ...props }: BreakdownProps & { card: Card }) {
  const { texts } = useStage();
  const { metric, filters } = props;
  const [chosen, choose] = useState<string>();
  // Until the reader chooses one, the first dimension that is possible with the filters.
  const first = card.dimensions.find((one) => canBreakDown(metric, filters, one)) ?? card.dimensions[0] ?? "";
  const dimension = chosen ?? first;
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const step = steps[event.key];
    if (step === undefined) return;
    const at = (card.dimensions.indexOf(dimension) + step + card.dimensions.length) % card.dimensions.length;
    choose(card.dimensions[at]);
    event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")[at]?.focus();
  };
  return (
    <section class="panel card" aria-label={texts.cards[card.name]}>
      <div class="tabs" role="tablist" aria-label={texts.cards[card.name]} onKeyDown={onKeyDown}>
        {card.dimensions.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === dimension}
            aria-controls={name === dimension ? `panel-${name}` : undefined}
            tabIndex={name === dimension ? 0 : -1}
            class={canBreakDown(metric, filters, name) ? "" : "not-kept"}
            onClick={() => choose(name)}
          >
            {dimensionName(texts, name)}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`panel-${dimension}`} aria-labelledby={`tab-${dimension}`}>
        {canBreakDown(metric, filters, dimension) ? (
          <TopList key={dimension} {...props} dimension={dimension} />
        ) : (
          <NotKept {...props} dimension={dimension} />
        )}
      </div>
    </section>
  );
}

function NotKept({ metric, filters, dimension }: MetricScope & { dimension: string }) {
  const { texts, view, go } = useStage();
  const names = Object.keys(filters).filter((name) => name !== metric.unit && name !== dimension);
  const unit = Object.entries(view.filters).filter(([name]) => name === metric.unit);
  return (
    <div class="message small">
      <p>
        {texts.notKept(
          dimensionName(texts, dimension),
          names.map((name) => dimensionName(texts, name)).join(texts.and),
        )}
      </p>
      <p class="hint">{texts.notKeptHow}</p>
      <button type="button" onClick={() => go({ filters: Object.fromEntries(unit) })}>
        {texts.clearFilters}
      </button>
    </div>
  );
}

const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 };
