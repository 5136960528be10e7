/**
 * SQL as an analyst writes it, generated from a seed: rows, groups, windows, joins, unions and unnested lists over the
 * lake's tables.
 */
import { pick, type Random } from "../../../tools/random.ts";
import type { Statement } from "./compare-statements.ts";
import { aggregate, text, truth, value, whole } from "./drawn-expressions.ts";

type Draw = (random: Random, day: string) => string;

/** `count` statements, each over one day's events. */
export function drawStatements(random: Random, count: number, days: readonly string[]): Statement[] {
  return Array.from({ length: count }, (_, i) => {
    const day = pick(random, days as [string, ...string[]]);
    return { name: `drawn statement ${i + 1}`, text: pick(random, kinds)(random, day) };
  });
}

function list(random: Random, most: number, draw: (index: number) => string): string {
  return Array.from({ length: 1 + Math.floor(random() * most) }, (_, i) => draw(i)).join(", ");
}

const where = (random: Random, day: string): string =>
  `WHERE dt = '${day}'${random() < 0.7 ? ` AND ${truth(random, 2)}` : ""}`;

const kinds: readonly [Draw, ...Draw[]] = [rows, rows, groups, groups, sets, windows, joins, unions, unnested, counts];

function rows(random: Random, day: string): string {
  const columns = list(random, 4, (i) => `${value(random, 3)} AS c${i}`);
  return `SELECT event_id, ${columns} FROM daily_events ${where(random, day)} ORDER BY event_id LIMIT 40`;
}

function groups(random: Random, day: string): string {
  const values = list(random, 3, (i) => `${aggregate(random, 2)} AS a${i}`);
  const having = random() < 0.3 ? " HAVING count(*) > 1" : "";
  return `SELECT ${text(random, 2)} AS k, ${values} FROM daily_events ${where(random, day)} GROUP BY 1${having} ORDER BY 1`;
}

function sets(random: Random, day: string): string {
  const by = pick(random, ["ROLLUP (name, device)", "CUBE (name, device)", "GROUPING SETS ((name), (device), ())"]);
  return `SELECT name, device, ${aggregate(random, 2)} AS a FROM daily_events ${where(random, day)} GROUP BY ${by}`;
}

function windows(random: Random, day: string): string {
  const over = `(PARTITION BY ${pick(random, ["name", "visitor_id", "device"])} ORDER BY occurred_at, event_id)`;
  const rank = pick(random, ["row_number()", "rank()", `lag(${text(random, 1)})`, `lead(${whole(random, 1)}, 2)`]);
  const sum = pick(random, [
    `sum(${whole(random, 1)} % 1000)`,
    "count(*)",
    `max(${whole(random, 1)})`,
    `first_value(${text(random, 1)})`,
  ]);
  return `SELECT event_id, ${rank} OVER ${over} AS r, ${sum} OVER ${over} AS s FROM daily_events ${where(random, day)}`;
}

function joins(random: Random, day: string): string {
  const kind = pick(random, ["JOIN", "LEFT JOIN", "FULL JOIN"]);
  const visitors = (name: string) =>
    `SELECT visitor_id, count(*) AS n, min(occurred_at) AS at FROM daily_events WHERE dt = '${day}' AND name = '${name}' GROUP BY visitor_id`;
  return `WITH views AS (${visitors("page_view")}), clicks AS (${visitors("click")})
    SELECT views.n AS a, clicks.n AS b, count(*) AS c, count_if(clicks.at > views.at) AS d
    FROM views ${kind} clicks ON views.visitor_id = clicks.visitor_id${random() < 0.5 ? " AND clicks.n <= views.n" : ""}
    GROUP BY 1, 2`;
}

function unions(random: Random, day: string): string {
  const side = () => `SELECT ${text(random, 2)} AS k, ${whole(random, 2)} AS n FROM daily_events ${where(random, day)}`;
  const operator = pick(random, ["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]);
  return `SELECT k, count(n) AS n FROM (${side()} ${operator} ${side()}) AS both GROUP BY k`;
}

function unnested(random: Random, day: string): string {
  const from = `daily_events CROSS JOIN UNNEST(split(${text(random, 2)}, '${pick(random, ["/", "-", "+", " "])}')) WITH ORDINALITY AS parts (part, at)`;
  return `SELECT at, part, count(*) AS n FROM ${from} ${where(random, day)} GROUP BY 1, 2`;
}

function counts(random: Random, day: string): string {
  const table = pick(random, ["events", "daily_events"]);
  return `SELECT count(*) AS n, count(DISTINCT event_id) AS ids, ${aggregate(random, 2)} AS a FROM ${table} ${where(random, day)}`;
}
