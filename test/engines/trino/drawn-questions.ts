/** Questions to the rollups, generated from a seed and compiled as the API compiles them. */

import { metricHistory } from "../../../src/athena-queries/metric-history.ts";
import { catalog } from "../../../src/metrics/catalog.ts";
import { type Dimension, HOUR, type Metric } from "../../../src/metrics/define-metric.ts";
import { pick, type Random } from "../../../tools/random.ts";
import { type Statement, statementOf } from "./compare-statements.ts";

const values: Partial<Record<Dimension, readonly [string, ...string[]]>> = {
  name: ["click", "page_view", "sign_up"],
  target: ["posting-1", "a+b", "50%", "it's", "한국어 공고"],
  country: ["", "KR", "US"],
  language: ["", "ko", "en"],
  device: ["mobile", "desktop"],
  currency: ["KRW", "USD"],
  status: ["200", "404", "500"],
  method: ["GET", "POST"],
};

/** `count` statements, each a question about some metric by some of its dimensions. */
export function drawQuestions(random: Random, count: number, days: readonly string[]): Statement[] {
  return Array.from({ length: count }, (_, i) => statementOf(`drawn question ${i + 1}`, drawQuestion(random, days)));
}

function drawQuestion(random: Random, days: readonly string[]) {
  const metric = pick<Metric>(random, catalog as [Metric, ...Metric[]]);
  const breakdown = pick(random, metric.breakdowns as [readonly Dimension[], ...(readonly Dimension[])[]]);
  const where: { [D in Dimension]?: string } = {};
  const asked = breakdown.filter((dimension) => dimension !== HOUR);
  for (const dimension of asked) if (random() < 0.3) where[dimension] = pick(random, values[dimension] ?? ["", "web"]);
  const by = asked.filter((dimension) => where[dimension] === undefined && dimension !== metric.unit);
  const unit = metric.unit;
  if (unit !== undefined && breakdown.includes(unit)) where[unit] ??= "KRW";
  const at = Math.floor(random() * days.length);
  const to = days[at + Math.floor(random() * (days.length - at))] ?? "";
  return metricHistory({
    ...{ metric, breakdown, where, by, to, from: days[at] ?? "" },
    series: breakdown.includes(HOUR) || random() < 0.5,
    except: random() < 0.3 ? [pick(random, days as [string, ...string[]])] : [],
    months: new Set<string>(),
    sketches: random() < 0.5,
  });
}
