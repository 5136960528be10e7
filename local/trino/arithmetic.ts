/** Operators on numbers, times and intervals. https://trino.io/docs/476/functions/decimal.html and datetime.html */
import { coerce, localTime } from "./casts.ts";
import { mismatch, notSupported, requireComparable, type Typed } from "./typed.ts";
import {
  asDecimal,
  commonType,
  dayInterval,
  decimal,
  duckdbType,
  isFloating,
  isInteger,
  isInterval,
  isNumber,
  isTime,
  maxPrecision,
  monthInterval,
  type Type,
  typeText,
} from "./types.ts";

export function arithmetic(operator: string, left: Typed, right: Typed): Typed {
  const [a, b] = [left.type, right.type];
  if (isInterval(a) || isInterval(b)) return withInterval(operator, left, right);
  if (operator === "-" && isTime(a) && isTime(b)) return difference(left, right);
  const type = commonType(a, b);
  if (!type || !(isNumber(type) || type.name === "unknown")) throw cannot(operator, a, b);
  if (type.name === "unknown") throw notSupported("operators on NULL alone");
  if (type.name === "decimal") return onDecimals(operator, left, right);
  const [x, y] = [coerce(left, type), coerce(right, type)];
  const isSafe = typeof right.literal === "number" && right.literal !== 0;
  if (operator === "/" && isFloating(type))
    return { type, sql: isSafe ? `(${x} / ${y})` : `trino_divide_doubles(${x}, ${y})` };
  if (operator === "%" && isFloating(type)) throw notSupported("the remainder of doubles");
  if (operator === "/") return { type, sql: isSafe ? `(${x} // ${y})` : `trino_divide(${x}, ${y})` };
  if (operator === "%") return { type, sql: isSafe ? `(${x} % ${y})` : `trino_modulus(${x}, ${y})` };
  return { type, sql: `(${x} ${operator} ${y})` };
}

function cannot(operator: string, a: Type, b: Type) {
  return mismatch(`Cannot apply operator: ${typeText(a)} ${operator} ${typeText(b)}`);
}

/** Precision and scale of the result, by Trino's rules. */
function decimalResult(operator: string, a: Type, b: Type): Type {
  const [p, s, q, t] = [a.precision ?? 0, a.scale ?? 0, b.precision ?? 0, b.scale ?? 0];
  const scale = operator === "*" ? s + t : Math.max(s, t);
  const precision = {
    "*": p + q,
    "/": p + t + Math.max(0, t - s),
    "%": Math.min(p - s, q - t) + scale,
  }[operator];
  if (scale > maxPrecision) throw mismatch(`DECIMAL scale must be in range [0, precision (38)]: ${scale}`);
  return decimal(Math.min(maxPrecision, precision ?? Math.max(p - s, q - t) + scale + 1), scale);
}

function onDecimals(operator: string, left: Typed, right: Typed): Typed {
  const [a, b] = [decimalOf(left.type), decimalOf(right.type)];
  const type = decimalResult(operator, a, b);
  const [x, y] = [coerce(left, a), coerce(right, b)];
  const cast = (sql: string) => ({ type, sql: `CAST(${sql} AS ${duckdbType(type)})` });
  if (operator === "/") {
    const digits = (type.scale ?? 0) - (a.scale ?? 0) + (b.scale ?? 0);
    return cast(`trino_divide_digits(trino_digits(${x}), trino_digits(${y}), ${digits}, ${type.scale})`);
  }
  if (operator === "*") return cast(`${x} * ${y}`);
  const wide = commonType(a, b) ?? type;
  const [v, w] = [coerce({ type: a, sql: x }, wide), coerce({ type: b, sql: y }, wide)];
  return cast(operator === "%" ? `trino_modulus(${v}, ${w})` : `${v} ${operator} ${w}`);
}

function decimalOf(type: Type): Type {
  return type.name === "unknown" ? decimal(1, 0) : asDecimal(type);
}

function withInterval(operator: string, left: Typed, right: Typed): Typed {
  const [a, b] = [left.type, right.type];
  if (operator === "*" && isInterval(b) && !isInterval(a)) return withInterval(operator, right, left);
  if (operator === "*" && isInteger(b)) return { type: a, sql: `(${left.sql} * CAST(${right.sql} AS BIGINT))` };
  if ((operator === "+" || operator === "-") && a.name === b.name)
    return { type: a, sql: `(${left.sql} ${operator} ${right.sql})` };
  if (operator === "+" && isTime(b)) return plusInterval(right, left.type, left.sql);
  if ((operator === "+" || operator === "-") && isTime(a))
    return plusInterval(left, b, operator === "-" ? `(-${right.sql})` : right.sql);
  if ((operator === "*" || operator === "/") && isInterval(a) && isNumber(b))
    throw notSupported(`${typeText(a)} ${operator} ${typeText(b)}`);
  throw cannot(operator, a, b);
}

/** A time plus an interval of milliseconds or months. */
function plusInterval({ type, sql }: Typed, { name }: Type, amount: string): Typed {
  if (name === monthInterval.name) return { type, sql: plusMonths({ type, sql }, amount) };
  if (type.name === "date") return { type, sql: `trino_date_plus(${sql}, ${amount})` };
  const precision = Math.max(type.precision ?? 0, 3);
  return { type: { ...type, precision }, sql: `(${sql} + to_microseconds(${amount} * 1000))` };
}

/** The same day of another month, or its last day if it has none. */
export function plusMonths({ type, sql }: Typed, months: string): string {
  requireUtc(type);
  const moved = `(${sql} + to_months(CAST(${months} AS INTEGER)))`;
  return type.name === "date" ? `CAST(${moved} AS DATE)` : moved;
}

/** In a zone whose clock changes, days and months do not all have the same length. */
export function requireUtc({ zone }: Type): void {
  if (zone !== undefined && zone !== "UTC") throw notSupported(`days and months later in the zone ${zone}`);
}

function difference(left: Typed, right: Typed): Typed {
  const [a, b] = [left.type, right.type];
  if (a.name === "date" && b.name === "date")
    return { type: dayInterval, sql: `(CAST(${left.sql} - ${right.sql} AS BIGINT) * 86400000)` };
  const [x, y] = [instant(left), instant(right)];
  return { type: dayInterval, sql: `((epoch_us(${x}) - epoch_us(${y})) // 1000)` };
}

/** A time as an instant, for what does not depend on its zone. A time without a zone is in UTC, the session's zone. */
export function instant({ type, sql }: Typed): string {
  if (type.zone !== undefined) return sql;
  return `CAST(${type.name === "date" ? localTime({ type, sql }) : sql} AS TIMESTAMPTZ)`;
}

/** A literal interval: milliseconds, or months. */
export function interval(text: string, unit: string, isNegative: boolean): Typed {
  if (!/^\d+$/.test(text)) throw notSupported(`this form of an interval: '${text}'`);
  const months = { year: 12, month: 1 }[unit];
  const milliseconds = { day: 86_400_000, hour: 3_600_000, minute: 60_000, second: 1000 }[unit];
  const amount = BigInt(text) * BigInt(months ?? milliseconds ?? 0) * (isNegative ? -1n : 1n);
  return { type: months ? monthInterval : dayInterval, sql: `CAST(${amount} AS BIGINT)` };
}

/** a < b and the like: compares two values of the same type. */
export function compare(operator: string, left: Typed, right: Typed): string {
  const [a, b] = [left.type, right.type];
  if (isTime(a) && isTime(b) && a.zone !== b.zone) return `(${instant(left)} ${operator} ${instant(right)})`;
  const type = commonType(a, b);
  if (!type) throw cannot(operator, a, b);
  requireComparable(type);
  const compared = `(${coerce(left, type)} ${operator} ${coerce(right, type)})`;
  // NaN equals nothing in Trino; in DuckDB it is the largest number.
  const isKnown = typeof left.literal === "number" || typeof right.literal === "number";
  if (!isFloating(type) || (isKnown && operator === "=")) return compared;
  const otherwise = operator === "<>" ? "true" : "false";
  return `trino_compare(${coerce(left, type)}, ${coerce(right, type)}, ${otherwise}, ${compared})`;
}
