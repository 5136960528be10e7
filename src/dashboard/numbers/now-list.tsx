/** On which pages the visitors of the last minutes are, and where they came from, whichever metric is shown. */
import { useState } from "preact/hooks";
import type { ListedMetric } from "../ask/answers.ts";
import { Choice } from "../breakdowns/choice.tsx";
import { canBreakDown } from "../breakdowns/kept.ts";
import { TopList } from "../breakdowns/top-list.tsx";
import { useStage } from "../stage.ts";
import type { NumberFormat } from "../words/formats.ts";
import { dimensionName, metricName } from "../words/words.ts";
import type { MetricScope } from "./metric-view.tsx";

const dimensions = ["path", "referrer_host", "channel"];
const MINUTES = 30;

export type NowListProps = Pick<MetricScope, "filters"> & { metrics: readonly ListedMetric[]; counts: NumberFormat };

/** Nothing where the visitors are not kept by these filters. */
export function NowList({ metrics, filters: { currency: _, ...filters }, counts }: NowListProps) {
  const { texts } = useStage();
  const [wanted, choose] = useState("path");
  const metric = metrics.find(({ name }) => name === "visitors");
  const names = metric ? dimensions.filter((name) => canBreakDown(metric, filters, name)) : [];
  const chosen = names.includes(wanted) ? wanted : names[0];
  if (metric === undefined || chosen === undefined) return null;
  return (
    <div class="now-list">
      <h3>
        {metricName(texts, metric.name)} <span class="hint">{texts.inMinutes(MINUTES)}</span>
      </h3>
      <Choice {...{ names, chosen, choose }} label={(name) => dimensionName(texts, name)} />
      <TopList key={chosen} {...{ metric, filters }} number={counts} minutes={MINUTES} dimension={chosen} />
    </div>
  );
}
