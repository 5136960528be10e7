/** Expressions over the events' columns, generated from a seed from what local SQL has, each with a known type. */
import { pick, type Random } from "../../../tools/random.ts";

type Draw = (random: Random, depth: number) => string;
type Choices = readonly [Draw, ...Draw[]];

const columns = {
  text: [
    "name",
    "app",
    "visitor_id",
    "path",
    "host",
    "target",
    "title",
    "channel",
    "device",
    "browser",
    "method",
    "day",
  ],
  whole: ["status", "amount", "bytes", "visitor_register", "visitor_rank"],
  time: ["occurred_at", "received_at"],
} as const;
const literals = ["''", "'a'", "'/p/'", "'posting'", "'%25'", "'한국어 공고'", "'it''s'", "'x y'"] as const;
const units = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"] as const;
const fields = ["year", "quarter", "month", "week", "day", "dow", "doy", "yow", "hour", "minute", "second"] as const;
const patterns = ["'[0-9]+'", "'^/p/'", "'[a-z]+'", "'\\d\\d'", "'(?i)POSTING'", "'[^/]+'", "'\\s'"] as const;
const formats = ["'%Y-%m-%d'", "'%Y-%m-%d %H:%i:%s'", "'%a %e %b %y'", "'%x-%v'", "'%h:%i %p'", "'%j'"] as const;
const jsonPaths = ["'$.text'", "'$.deep.ok'", "'$.list[0]'", "'$.list'", "'$[\"text\"]'", "'$.none'"] as const;
const zones = ["'UTC'", "'Asia/Seoul'", "'America/New_York'"] as const;
const digit = (random: Random, most = 9): number => Math.floor(random() * (most + 1));

function choose(random: Random, depth: number, leaves: Choices, inner: Choices): string {
  return pick(random, depth <= 0 || random() < 0.2 ? leaves : inner)(random, depth - 1);
}

export const text: Draw = (random, depth) => choose(random, depth, textLeaves, texts);
export const whole: Draw = (random, depth) => choose(random, depth, wholeLeaves, wholes);
export const fraction: Draw = (random, depth) => choose(random, depth, fractions, fractions);
export const time: Draw = (random, depth) => choose(random, depth, timeLeaves, times);
export const truth: Draw = (random, depth) => choose(random, depth, truths, truths);
/** A value of any of these types. */
export const value: Draw = (random, depth) =>
  pick(random, [text, text, whole, whole, fraction, time, truth])(random, depth);

const textLeaves: Choices = [
  (random) => pick(random, columns.text),
  (random) => pick(random, columns.text),
  (random) => pick(random, literals),
];
const texts: Choices = [
  (r, d) => `lower(${text(r, d)})`,
  (r, d) => `upper(${text(r, d)})`,
  (r, d) => `trim(${text(r, d)})`,
  (r, d) => `substr(${text(r, d)}, ${digit(r) - 4}, ${digit(r)})`,
  (r, d) => `substr(${text(r, d)}, ${digit(r) - 4})`,
  (r, d) => `coalesce(${text(r, d)}, ${pick(r, literals)})`,
  (r, d) => `${text(r, d)} || ${text(r, d)}`,
  (r, d) => `concat(${text(r, d)}, '-', ${text(r, d)})`,
  (r, d) => `replace(${text(r, d)}, 'o', '0')`,
  (r, d) => `reverse(${text(r, d)})`,
  (r, d) => `lpad(${text(r, d)}, ${digit(r, 20)}, '*.')`,
  (r, d) => `split_part(${text(r, d)}, '/', ${digit(r, 3) + 1})`,
  (r, d) => `element_at(split(${text(r, d)}, '-'), ${digit(r, 2) + 1})`,
  (r, d) => `array_join(split(${text(r, d)}, '/'), '+')`,
  (r, d) => `regexp_extract(${text(r, d)}, ${pick(r, patterns)})`,
  (r, d) => `regexp_replace(${text(r, d)}, ${pick(r, patterns)}, '_')`,
  (r, d) => `nullif(${text(r, d)}, ${text(r, d)})`,
  (r, d) => `if(${truth(r, d)}, ${text(r, d)}, ${text(r, d)})`,
  (r, d) => `CASE WHEN ${truth(r, d)} THEN ${text(r, d)} END`,
  (r, d) => `greatest(${text(r, d)}, ${text(r, d)})`,
  (r, d) => `CAST(${whole(r, d)} AS varchar)`,
  (r, d) => `CAST(${fraction(r, d)} AS varchar)`,
  (r, d) => `CAST(${time(r, d)} AS varchar)`,
  (r, d) => `date_format(${time(r, d)}, ${pick(r, formats)})`,
  (r, d) => `to_iso8601(${time(r, d)})`,
  (r, d) => `to_hex(md5(to_utf8(${text(r, d)})))`,
  (r) => `json_extract_scalar(properties, ${pick(r, jsonPaths)})`,
  (r) => `json_format(json_extract(properties, '$.list'))`.replace("list", digit(r) < 5 ? "list" : "text"),
  (r) => `url_extract_path(${pick(r, ["url", "referrer"])})`,
  (r) => `url_extract_host(${pick(r, ["url", "referrer"])})`,
  (r, d) => `url_encode(${text(r, d)})`,
];

const wholeLeaves: Choices = [
  (r) => pick(r, columns.whole),
  (r) => pick(r, columns.whole),
  (r) => String(digit(r, 1000)),
];
const wholes: Choices = [
  (r, d) => `length(${text(r, d)})`,
  (r, d) => `(${whole(r, d)} + ${whole(r, d)})`,
  (r, d) => `(${whole(r, d)} - ${whole(r, d)})`,
  (r, d) => `(${whole(r, d)} * ${digit(r)})`,
  (r, d) => `(${whole(r, d)} / ${digit(r) + 1})`,
  (r, d) => `(${whole(r, d)} % ${digit(r) + 1})`,
  (r, d) => `try(${whole(r, d)} / ${whole(r, d)})`,
  (r, d) => `mod(${whole(r, d)}, ${digit(r) + 2})`,
  (r, d) => `-(${whole(r, d)})`,
  (r, d) => `abs(${whole(r, d)})`,
  (r, d) => `coalesce(${whole(r, d)}, 0)`,
  (r, d) => `nullif(${whole(r, d)}, ${whole(r, d)})`,
  (r, d) => `least(${whole(r, d)}, ${whole(r, d)})`,
  (r, d) => `bitwise_and(${whole(r, d)}, 255)`,
  (r, d) => `CASE WHEN ${truth(r, d)} THEN ${whole(r, d)} ELSE ${whole(r, d)} END`,
  (r, d) => `strpos(${text(r, d)}, 'o')`,
  (r, d) => `cardinality(split(${text(r, d)}, '/'))`,
  (r, d) => `regexp_count(${text(r, d)}, ${pick(r, patterns)})`,
  (r, d) => `TRY_CAST(${text(r, d)} AS bigint)`,
  (r, d) => `CAST(round(${fraction(r, d)}) AS bigint)`,
  (r, d) => `date_diff('${pick(r, units)}', ${time(r, d)}, ${time(r, d)})`,
  (r, d) => `extract(${pick(r, fields)} FROM ${time(r, d)})`,
  (r) => `hour(occurred_at AT TIME ZONE ${pick(r, zones)})`,
  (r) => `json_array_length(json_extract(properties, ${pick(r, ["'$.list'", "'$.text'"])}))`,
];

const fractions: Choices = [
  (r, d) => `(${whole(r, d)} * 1.5)`,
  (r, d) => `(100.0 * ${whole(r, d)} / ${digit(r) + 3})`,
  (r, d) => `(${whole(r, d)} / 8e0)`,
  (r, d) => `round(${whole(r, d)} / 7e0, ${digit(r, 4)})`,
  (r, d) => `CAST(${whole(r, d)} AS decimal(38, 2))`,
  (r) => `(coalesce(status, 0) / ${digit(r) + 1}.0)`,
  (r) => `sqrt(visitor_rank + ${digit(r)})`,
];

const timeLeaves: Choices = [
  (r) => pick(r, columns.time),
  () => "CAST(dt AS timestamp)",
  () => "TIMESTAMP '2026-03-01 00:00:00.000'",
];
const times: Choices = [
  (r, d) => `date_trunc('${pick(r, units)}', ${time(r, d)})`,
  (r, d) => `date_add('${pick(r, units)}', ${digit(r) - 4}, ${time(r, d)})`,
  (r, d) => `(${time(r, d)} + INTERVAL '${digit(r)}' ${pick(r, ["DAY", "HOUR", "MONTH", "MINUTE"])})`,
  (r, d) => `coalesce(${time(r, d)}, ${time(r, d)})`,
  (r, d) => `greatest(${time(r, d)}, ${time(r, d)})`,
  (r) => `CAST(occurred_at AT TIME ZONE ${pick(r, zones)} AS timestamp)`,
  (r, d) => `if(${truth(r, d)}, ${time(r, d)}, ${time(r, d)})`,
];

const comparisons = ["=", "<>", "<", "<=", ">", ">="] as const;
const truths: Choices = [
  () => "coalesce(is_bot, false)",
  (r, d) => `${text(r, d)} ${pick(r, comparisons)} ${text(r, d)}`,
  (r, d) => `${whole(r, d)} ${pick(r, comparisons)} ${whole(r, d)}`,
  (r, d) => `${whole(r, d)} ${pick(r, comparisons)} ${fraction(r, d)}`,
  (r, d) => `${time(r, d)} ${pick(r, comparisons)} ${time(r, d)}`,
  (r, d) => `${text(r, d)} LIKE '${pick(r, ["%o%", "p%", "_osting-1", "%\\%"])}'`,
  (r, d) => `${text(r, d)} IS NOT NULL`,
  (r, d) => `${whole(r, d)} IS NULL`,
  (r, d) => `${whole(r, d)} BETWEEN ${whole(r, d)} AND ${whole(r, d)}`,
  (r, d) => `${text(r, d)} IN (${text(r, d)}, 'click', 'GET')`,
  (r, d) => `${text(r, d)} IS DISTINCT FROM ${text(r, d)}`,
  (r, d) => `regexp_like(${text(r, d)}, ${pick(r, patterns)})`,
  (r, d) => `contains(split(${text(r, d)}, '/'), 'p')`,
  (r, d) => `(${truth(r, d)} AND ${truth(r, d)})`,
  (r, d) => `(${truth(r, d)} OR ${truth(r, d)})`,
  (r, d) => `NOT (${truth(r, d)})`,
];

const aggregates: Choices = [
  () => "count(*)",
  (r, d) => `count(${value(r, d)})`,
  (r, d) => `count(DISTINCT ${text(r, d)})`,
  (r, d) => `count_if(${truth(r, d)})`,
  (r, d) => `sum(${whole(r, d)} % 1000)`,
  (r, d) => `sum(${whole(r, d)} % 1000) FILTER (WHERE ${truth(r, d)})`,
  (r, d) => `sum((${whole(r, d)} % 100) * 1.25)`,
  (r) => `avg(status + ${digit(r)})`,
  (r) => `avg(CAST(status AS decimal(10, ${digit(r, 3)})))`,
  (r, d) => `round(100.0 * count_if(${truth(r, d)}) / count(*), 1)`,
  (r, d) => `min(${pick(r, [text, whole, time])(r, d)})`,
  (r, d) => `max(${pick(r, [text, whole, time])(r, d)})`,
  (r, d) => `max_by(${text(r, d)}, event_id)`,
  (r, d) => `bool_or(${truth(r, d)})`,
  () => "count(DISTINCT name)",
  (r, d) => `array_agg(${whole(r, d)} ORDER BY event_id)`,
  (r, d) => `array_sort(array_agg(DISTINCT ${text(r, d)}))`,
];
export const aggregate: Draw = (random, depth) => pick(random, aggregates)(random, depth);
