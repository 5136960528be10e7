/**
 * What an event holds beyond its own fields, as the JSON text that is stored. Unknown top-level fields are added to the
 * explicit `properties`, which win if both have a key. Keys such as `__proto__` are treated like any other.
 */
import type { FieldError } from "../../schemas/api/collect-answer.ts";
import { cleanJson } from "../../schemas/clean-text.ts";
import { isNestedDeeper } from "./nested.ts";

export const MAX_DEPTH = 10;
export const MAX_PROPERTIES_BYTES = 32_768;

type Fields = Record<string, unknown>;

/**
 * How many levels an event has, if that is known, whether all in it can be stored as it is, and what makes its JSON what
 * it was (read-envelope.ts).
 */
export type AsText = {
  depth?: number | undefined;
  isClean?: boolean | undefined;
  writeOut?: ((json: string) => string) | undefined;
};

/**
 * The JSON text of what is not among the fields `known`, all of which the event has; undefined when there is nothing to
 * store, or an error that says why it cannot be stored. Events of a body are checked by `beyondLimits` first, so
 * JSON.stringify can walk through them. Nothing else does.
 */
export function propertiesText(
  event: Fields,
  known: readonly string[],
  explicit: Fields | null | undefined,
  { depth = Number.POSITIVE_INFINITY, isClean = false, writeOut = asItIs }: AsText = {},
): { text?: string } | { error: FieldError } {
  const json = writeOut(joinObjects(unknownJson(event, known, explicit), JSON.stringify(explicit ?? {})));
  if (json === "{}") return {};
  const bytes = json.length * 3 > MAX_PROPERTIES_BYTES ? Buffer.byteLength(json) : 0;
  if (bytes > MAX_PROPERTIES_BYTES) return { error: tooLarge(bytes) };
  const isDeep = depth > MAX_DEPTH && isNestedDeeper(json, MAX_DEPTH);
  return isDeep ? { error: tooDeep() } : { text: isClean ? json : cleanJson(json) };
}

/** The JSON of an event that has no numbers of a kind of their own. */
const asItIs = (json: string): string => json;

/** With far more than an event's own fields take as JSON, beside the texts in them. */
export const MAX_EVENT_BYTES = MAX_PROPERTIES_BYTES + 4096;
/** Code that calls itself for each level, as JSON.stringify does, manages so many. */
const MAX_LEVELS = 100;

type Measured = { leastBytes: number; depth: number };

/**
 * Why an event can have no properties, from its text alone; undefined if it may. Fields that come twice count twice
 * here.
 */
export function beyondLimits({ leastBytes, depth }: Measured): FieldError | undefined {
  if (leastBytes > MAX_EVENT_BYTES) return tooLarge("more");
  return depth > MAX_LEVELS ? tooDeep() : undefined;
}

function tooLarge(bytes: number | "more"): FieldError {
  return problem(`of at most ${MAX_PROPERTIES_BYTES} bytes as JSON, got ${bytes}`);
}

function tooDeep(): FieldError {
  return problem(`nested at most ${MAX_DEPTH} levels deep, got more`);
}

/** The fields of an event that are neither known nor among its explicit properties. */
function unknownJson(event: Fields, known: readonly string[], explicit: Fields | null | undefined): string {
  const json = jsonWithout(event, known);
  if (json === "{}" || explicit == null) return json;
  const doubled = Object.keys(explicit).filter((key) => Object.hasOwn(event, key));
  return doubled.length === 0 ? json : jsonWithout(event, [...known, ...doubled]);
}

/**
 * Hides the fields while the rest is written: copying an object with thousands of fields takes longer than writing it.
 */
function jsonWithout(event: Fields, fields: readonly string[]): string {
  const hidden = fields.map((field) => event[field]);
  for (const field of fields) event[field] = undefined;
  const json = JSON.stringify(event);
  for (const [i, field] of fields.entries()) event[field] = hidden[i];
  return json;
}

function joinObjects(a: string, b: string): string {
  return a === "{}" ? b : b === "{}" ? a : `${a.slice(0, -1)},${b.slice(1)}`;
}

function problem(limit: string): FieldError {
  return { path: "properties", message: `Expected properties, unknown fields included, ${limit}` };
}
