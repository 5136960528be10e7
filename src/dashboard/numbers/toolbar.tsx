/** Chooses what to look at: metric, currency and range, and shows the active filters. */
import type { ListedMetric } from "../ask/answers.ts";
import { fittingFilters, withoutFilter } from "../breakdowns/kept.ts";
import { RangePicker } from "../range/picker.tsx";
import { ShareFilter } from "../share/share-filter.tsx";
import { useStage } from "../stage.ts";
import { currencyName, dimensionName, metricName, metricTitle, valueName } from "../words/words.ts";

type Props = {
  metrics: readonly ListedMetric[];
  metric: ListedMetric | undefined;
  /** The available currencies, and the shown one. */
  units?: readonly string[] | undefined;
  unit?: string | undefined;
};

export function Toolbar({ metrics, metric, units, unit }: Props) {
  const { texts, view, go } = useStage();
  const choose = (name: string) => {
    const next = metrics.find((one) => one.name === name);
    if (next !== undefined) go({ metric: name, filters: fittingFilters(next, view.filters), interval: undefined });
  };
  return (
    <>
      <h1 class="visually-hidden">{metric ? metricName(texts, metric.name) : texts.pages.numbers}</h1>
      <div class="toolbar">
        <label class="metric">
          <span class="visually-hidden">{texts.metric}</span>
          <select value={metric?.name ?? ""} onChange={({ currentTarget }) => choose(currentTarget.value)}>
            {metric === undefined && <option value="">{texts.metric}…</option>}
            {metrics.map(({ name }) => (
              <option key={name} value={name}>
                {metricName(texts, name)}
              </option>
            ))}
          </select>
        </label>
        {metric?.unit && units && <UnitSelect dimension={metric.unit} units={units} unit={unit} />}
        {metric && <p class="hint title">{metricTitle(texts, metric)}</p>}
        <RangePicker />
      </div>
      {metric && <FilterChips metric={metric} />}
    </>
  );
}

function UnitSelect({
  dimension,
  units,
  unit,
}: {
  dimension: string;
  units: readonly string[];
  unit: string | undefined;
}) {
  const { texts, view, language, go } = useStage();
  const all = unit === undefined || units.includes(unit) ? units : [unit, ...units];
  if (all.length === 0) return null;
  return (
    <select
      aria-label={dimensionName(texts, dimension)}
      value={unit}
      onChange={({ currentTarget }) => go({ filters: { ...view.filters, [dimension]: currentTarget.value } })}
    >
      {all.map((code) => (
        <option key={code} value={code}>
          {code === "" ? texts.none : dimension === "currency" ? currencyName(language, code) : code}
        </option>
      ))}
    </select>
  );
}

function FilterChips({ metric }: { metric: ListedMetric }) {
  const { client, texts, view, language, go } = useStage();
  const filters = Object.entries(view.filters).filter(([name]) => name !== metric.unit);
  if (filters.length === 0) return null;
  const [only] = filters;
  return (
    <div class="filters">
      <ul class="chips" aria-label={texts.filters}>
        {filters.map(([dimension, value]) => {
          const shown = valueName(texts, { dimension, value, language });
          return (
            <li key={dimension}>
              <span class="chip-name">{dimensionName(texts, dimension)}</span> <span class="chip-value">{shown}</span>
              <button
                type="button"
                hidden={client.locked?.[dimension] === value}
                aria-label={texts.removeFilter(dimensionName(texts, dimension), shown)}
                onClick={() => go({ filters: withoutFilter(view.filters, dimension) })}
              >
                ×
              </button>
            </li>
          );
        })}
      </ul>
      {only && filters.length === 1 && <ShareFilter key={only.join()} dimension={only[0]} value={only[1]} />}
    </div>
  );
}
