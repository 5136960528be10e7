/**
 * Where Firehose writes an object: the prefix language of a delivery stream, and the names of its objects.
 * https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
 */

export type PrefixValues = {
  /** Arrival of the oldest record in the object, epoch ms. */
  at: number;
  timeZone: string;
  /** What the transformation returned as `metadata.partitionKeys`. */
  keys?: Readonly<Record<string, string>>;
  /** Only in an error prefix: `processing-failed`, `format-conversion-failed`. */
  errorType?: string;
  random?: string;
};

const expression = /!\{([a-zA-Z]+):([^}]*)\}/g;
const defaultSuffix = "!{timestamp:yyyy/MM/dd/HH}/";

/** The names of the partition keys that a prefix needs from the transformation. */
export function partitionKeysOf(prefix: string): string[] {
  return [...prefix.matchAll(expression)].flatMap(([, space, name]) =>
    space === "partitionKeyFromLambda" && name ? [name] : [],
  );
}

/** The prefix with its expressions filled in. Throws for an expression that Firehose (or this file) does not know. */
export function evaluatePrefix(prefix: string, values: PrefixValues): string {
  // Firehose adds year/month/day/hour only to a prefix without any expressions.
  const whole = prefix.includes("!{")
    ? prefix
    : `${prefix}${values.errorType ? `${values.errorType}/` : ""}${defaultSuffix}`;
  return whole.replace(expression, (text, space: string, argument: string) => {
    const value = evaluate(space, argument, values);
    if (value === undefined) throw new Error(`Cannot evaluate the prefix "${prefix}": ${text} is not known here`);
    return value;
  });
}

/** `<stream>-1-yyyy-MM-dd-HH-mm-ss-<uuid>`, as Firehose names its objects. */
export function objectName(stream: string, at: number, timeZone: string, uuid: string): string {
  return `${stream}-1-${formatTime("yyyy-MM-dd-HH-mm-ss", at, timeZone)}-${uuid}`;
}

/** A value that is allowed in a key: not empty, and it cannot lead out of its folder. */
export function isPartitionValue(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || value.length > 255) return false;
  return !value.includes("\0") && value.split("/").every((part) => part !== "." && part !== "..");
}

function evaluate(space: string, argument: string, values: PrefixValues): string | undefined {
  if (space === "timestamp") return formatTime(argument, values.at, values.timeZone);
  if (space === "partitionKeyFromLambda") return values.keys?.[argument];
  if (space === "firehose" && argument === "error-output-type") return values.errorType;
  if (space === "firehose" && argument === "random-string") return values.random;
  return undefined;
}

/**
 * Java's DateTimeFormatter, as far as prefixes need it. `YYYY`, the week-based year, is refused: it is wrong around New
 * Year.
 */
function formatTime(pattern: string, at: number, timeZone: string): string {
  const parts = timeParts(at, timeZone);
  return pattern.replace(/'([^']*)'|([a-zA-Z])\2*/g, (text, literal: string | undefined) => {
    if (literal !== undefined) return literal === "" ? "'" : literal;
    const value = parts[text];
    if (value === undefined) throw new Error(`Cannot format a time as "${pattern}": ${text} is not supported`);
    return value;
  });
}

const formats = new Map<string, Intl.DateTimeFormat>();

function timeParts(at: number, timeZone: string): Record<string, string> {
  const format = formats.get(timeZone) ?? newFormat(timeZone);
  formats.set(timeZone, format);
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const { year = "", month = "", day = "", hour = "", minute = "", second = "" } = part;
  return { yyyy: year.padStart(4, "0"), MM: month, dd: day, HH: hour, mm: minute, ss: second };
}

function newFormat(timeZone: string): Intl.DateTimeFormat {
  const two = "2-digit";
  return new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
}
