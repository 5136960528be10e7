/** Chooses what the range is compared with: the period before, the same days a year earlier, or any dates. */
import { useStage } from "../stage.ts";
import { addMonths, isDay } from "./day-math.ts";
import type { Span } from "./range.ts";

const choices = ["before", "year", "dates"] as const;

export function Compare({ span }: { span: Span }) {
  const { texts, view, go } = useStage();
  const { compare } = view;
  const chosen = compare === undefined ? "before" : compare === "year" ? "year" : "dates";
  const choose = (choice: string) => {
    const earlier = { from: addMonths(span.from, -1), to: addMonths(span.to, -1) };
    go({ compare: choice === "dates" ? earlier : choice === "year" ? "year" : undefined });
  };
  const change = (end: keyof Span, day: string) => {
    if (typeof compare !== "object" || !isDay(day)) return;
    const [from = "", to = ""] = Object.values({ ...compare, [end]: day }).sort();
    go({ compare: { from, to } });
  };
  if (view.range === "all") return null;
  return (
    <span class="compare">
      <select aria-label={texts.compare} value={chosen} onChange={({ currentTarget: { value } }) => choose(value)}>
        {choices.map((name) => (
          <option key={name} value={name}>
            {texts.comparisons[name]}
          </option>
        ))}
      </select>
      {typeof compare === "object" &&
        (["from", "to"] as const).map((end) => (
          <input
            key={end}
            type="date"
            required
            min="1970-01-01"
            aria-label={`${texts.compare}: ${texts[end]}`}
            value={compare[end]}
            onChange={({ currentTarget: { value } }) => change(end, value)}
          />
        ))}
    </span>
  );
}
