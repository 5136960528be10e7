/** Date and time functions. https://trino.io/docs/476/functions/datetime.html */

import { AthenaFailure } from "../../athena/failure.ts";
import { instant, plusMonths, requireUtc } from "../arithmetic.ts";
import { cast, dateText, localTime, timeText, writable } from "../casts.ts";
import { invalidArgument, notSupported, quote, type Typed } from "../typed.ts";
import {
  bigint,
  commonType,
  date,
  double,
  isInteger,
  isNumber,
  isTime,
  type Type,
  timestamp,
  typeText,
  varchar,
  zoned,
} from "../types.ts";
import { fromJoda, fromMysql } from "./formats.ts";

const milliseconds: Record<string, number> = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000 };
const days: Record<string, number> = { day: 1, week: 7 };
const months: Record<string, number> = { month: 1, quarter: 3, year: 12 };

/** DuckDB's functions for the fields of EXTRACT, which are also functions of Trino. */
const fields: Record<string, string> = {
  year: "year",
  quarter: "quarter",
  month: "month",
  week: "week",
  week_of_year: "week",
  day: "day",
  day_of_month: "day",
  day_of_week: "isodow",
  dow: "isodow",
  day_of_year: "dayofyear",
  doy: "dayofyear",
  year_of_week: "isoyear",
  yow: "isoyear",
  hour: "hour",
  minute: "minute",
  second: "second",
};

/** The text of an argument that must be a literal. */
export function literalText(value: Typed | undefined, what: string): string {
  if (typeof value?.literal === "string") return value.literal;
  throw notSupported(`another ${what} than a literal`);
}

function time(value: Typed | undefined, name: string): Typed {
  if (value && isTime(value.type)) return value;
  const given = value ? typeText(value.type) : "none";
  throw new AthenaFailure(
    "FUNCTION_NOT_FOUND",
    `Local Athena does not have function ${name} with a time of type ${given}`,
  );
}

/** An argument as a value of type `to`, to which only the types that fit may be converted. */
function argument(value: Typed | undefined, name: string, fits: (type: Type) => boolean, to: Type): string {
  if (value && (fits(value.type) || value.type.name === "unknown")) return cast(value, to);
  const given = value ? typeText(value.type) : "none";
  throw new AthenaFailure("FUNCTION_NOT_FOUND", `Local Athena does not have function ${name} with a ${given} there`);
}

function zoneOf(value: Typed | undefined): string {
  const zone = literalText(value, "zone of a time");
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions();
    if (/^[+-]/.test(zone)) throw notSupported(`the zone ${zone}`);
    return timeZone === "UTC" && zone.toUpperCase() === "UTC" ? "UTC" : zone;
  } catch (error) {
    if (error instanceof RangeError) throw invalidArgument(`'${zone}' is not a valid time zone`);
    throw error;
  }
}

/** AT TIME ZONE: the same instant in another zone. */
export function atZone(value: Typed, zone: Typed): Typed {
  const { type } = time(value, "at_timezone");
  return { type: zoned(zoneOf(zone), type.precision ?? 0), sql: instant(value) };
}

type TimeFunction = (args: Typed[]) => Typed;
const field =
  (name: string, duckdb: string): TimeFunction =>
  ([value]) => ({ type: bigint, sql: `CAST(${duckdb}(${localTime(time(value, name))}) AS BIGINT)` });

/** Functions by name; `count` lists how many arguments each takes. */
export const timeFunctions: Record<string, { count: number[]; call: TimeFunction }> = {
  ...Object.fromEntries(Object.entries(fields).map(([name, own]) => [name, { count: [1], call: field(name, own) }])),
  millisecond: {
    count: [1],
    call: ([value]) => ({
      type: bigint,
      sql: `CAST(millisecond(${localTime(time(value, "millisecond"))}) % 1000 AS BIGINT)`,
    }),
  },
  extract: {
    count: [2],
    call: ([what, value]) => {
      const name = String(what?.literal);
      const own = fields[name];
      if (own === undefined || name === "week_of_year") throw notSupported(`extract(${name} FROM …)`);
      return field("extract", own)(value ? [value] : []);
    },
  },
  date: { count: [1], call: ([value]) => ({ type: date, sql: value ? cast(value, date) : "" }) },
  last_day_of_month: {
    count: [1],
    call: ([value]) => ({ type: date, sql: `last_day(${localTime(time(value, "last_day_of_month"))})` }),
  },
  date_trunc: {
    count: [2],
    call: ([unit, value]) => truncate(literalText(unit, "unit").toLowerCase(), time(value, "date_trunc")),
  },
  date_add: {
    count: [3],
    call: ([unit, amount, value]) => add(literalText(unit, "unit").toLowerCase(), amount, time(value, "date_add")),
  },
  date_diff: {
    count: [3],
    call: ([unit, from, to]) =>
      diff(literalText(unit, "unit").toLowerCase(), time(from, "date_diff"), time(to, "date_diff")),
  },
  date_format: {
    count: [2],
    call: ([value, format]) =>
      written(time(value, "date_format"), fromMysql(literalText(format, "format of a time"), false)),
  },
  format_datetime: {
    count: [2],
    call: ([value, format]) =>
      written(time(value, "format_datetime"), fromJoda(literalText(format, "format of a time"), false)),
  },
  date_parse: {
    count: [2],
    call: ([text, format]) => ({
      type: timestamp(),
      sql: `strptime(${textArgument(text)}, ${quote(fromMysql(literalText(format, "format of a time"), true))})`,
    }),
  },
  parse_datetime: {
    count: [2],
    call: ([text, format]) => ({
      type: zoned("UTC"),
      sql: `CAST(strptime(${textArgument(text)}, ${quote(fromJoda(literalText(format, "format of a time"), true))}) AS TIMESTAMPTZ)`,
    }),
  },
  from_iso8601_date: { count: [1], call: ([text]) => ({ type: date, sql: `trino_iso_date(${textArgument(text)})` }) },
  from_iso8601_timestamp: {
    count: [1],
    call: ([text]) => ({ type: zoned("UTC"), sql: `trino_iso_timestamp(${textArgument(text)})` }),
  },
  to_iso8601: { count: [1], call: ([value]) => ({ type: varchar, sql: isoText(time(value, "to_iso8601")) }) },
  from_unixtime: {
    count: [1, 2],
    call: ([seconds, zone]) => ({
      type: zoned(zone ? zoneOf(zone) : "UTC"),
      sql: `trino_from_unixtime(${argument(seconds, "from_unixtime", isNumber, double)})`,
    }),
  },
  to_unixtime: {
    count: [1],
    call: ([value]) => ({ type: double, sql: `epoch(${instant(time(value, "to_unixtime"))})` }),
  },
  at_timezone: {
    count: [2],
    call: ([value, zone]) => atZone(time(value, "at_timezone"), zone ?? time(undefined, "at_timezone")),
  },
  with_timezone: {
    count: [2],
    call: ([value, zone]) => {
      const { type, sql } = time(value, "with_timezone");
      if (type.zone !== undefined) throw notSupported("with_timezone of a time that has one");
      return {
        type: zoned(zoneOf(zone), type.precision ?? 0),
        sql: `timezone(${quote(zoneOf(zone))}, ${localTime({ type, sql })})`,
      };
    },
  },
  current_timezone: { count: [0], call: () => ({ type: varchar, sql: "'UTC'" }) },
  now: { count: [0], call: () => current("current_timestamp") },
};

function textArgument(value: Typed | undefined): string {
  if (value?.type.name === "varchar" || value?.type.name === "unknown") return value.sql;
  throw new AthenaFailure(
    "FUNCTION_NOT_FOUND",
    "Local Athena does not have this function with another type than a text",
  );
}

export function current(what: string): Typed {
  const now = "date_trunc('milliseconds', now())";
  if (what === "current_date") return { type: date, sql: `CAST(now() AS DATE)` };
  if (what === "localtimestamp") return { type: timestamp(), sql: `CAST(${now} AS TIMESTAMP)` };
  return { type: zoned("UTC"), sql: now };
}

function written(value: Typed, format: string): Typed {
  return { type: varchar, sql: `strftime(${writable(localTime(value))}, ${quote(format)})` };
}

function isoText(value: Typed): string {
  const { zone, name } = value.type;
  if (name === "date") return dateText(value.sql);
  if (zone === undefined) return timeText(value, "T");
  if (zone !== "UTC") throw notSupported(`to_iso8601 in the zone ${zone}`);
  return timeText(value, "T", "Z");
}

function truncate(unit: string, value: Typed): Typed {
  const { type, sql } = value;
  const isPart = unit in milliseconds;
  if (!isPart && !(unit in months) && !(unit in days)) throw invalidArgument(`'${unit}' is not a valid field`);
  if (type.name === "date") {
    if (isPart) throw invalidArgument(`'${unit}' is not a valid DATE field`);
    return { type, sql: `CAST(date_trunc('${unit}', ${sql}) AS DATE)` };
  }
  const local = localTime(value);
  const truncated = `date_trunc('${unit}', ${local})`;
  if (type.zone === undefined) return { type, sql: truncated };
  // An hour that occurs twice stays the same one of the two.
  return { type, sql: isPart ? `(${sql} - (${local} - ${truncated}))` : `timezone(${quote(type.zone)}, ${truncated})` };
}

function add(unit: string, amount: Typed | undefined, value: Typed): Typed {
  const { type, sql } = value;
  const count = argument(amount, "date_add", isInteger, bigint);
  if (unit in months) return { type, sql: plusMonths(value, `${count} * ${months[unit]}`) };
  if (unit in days) {
    requireUtc(type);
    const many = `CAST(${count} * ${days[unit]} AS INTEGER)`;
    return { type, sql: type.name === "date" ? `(${sql} + ${many})` : `(${sql} + to_days(${many}))` };
  }
  if (!(unit in milliseconds) || type.name === "date") throw invalidArgument(`'${unit}' is not a valid field`);
  if (unit === "millisecond" && (type.precision ?? 0) < 3) throw notSupported("milliseconds on a time without them");
  return { type, sql: `(${sql} + to_microseconds(${count} * ${(milliseconds[unit] ?? 0) * 1000}))` };
}

/** How many whole units are in between. */
function diff(unit: string, from: Typed, to: Typed): Typed {
  const isPart = unit in milliseconds;
  if (!isPart && !(unit in months) && !(unit in days)) throw invalidArgument(`'${unit}' is not a valid field`);
  const type = commonType(from.type, to.type);
  if (!type) throw notSupported("date_diff between two zones");
  if (type.name === "date" && isPart) throw invalidArgument(`'${unit}' is not a valid DATE field`);
  if (type.zone !== undefined && from.type.zone !== to.type.zone)
    throw notSupported("date_diff between a zone and none");
  const [a, b] = isPart ? [instant(from), instant(to)] : [localTime(from), localTime(to)];
  return { type: bigint, sql: `date_sub('${unit}', CAST(${a} AS TIMESTAMP), CAST(${b} AS TIMESTAMP))` };
}
