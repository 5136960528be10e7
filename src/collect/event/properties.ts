/**
 * What an event holds beyond its own fields, as the JSON text that is stored. Unknown top-level fields are added to the
 * explicit `properties`, which win if both have a key. Keys such as `__proto__` are treated like any other.
 */
import type { FieldError } from "../../schemas/api/collect-answer.ts";
import { cleanJson } from "../../schemas/clean-text.ts";
import { isNestedDeeper } from "../parse-body.ts";

export const MAX_DEPTH = 10;
export const MAX_PROPERTIES_BYTES = 32_768;

type Fields = Record<string, unknown>;

/**
 * The JSON text, undefined when there is nothing to store, or an error that says why it cannot be stored. The event is
 * part of a body read by parse-body.ts, which bounds its depth, so JSON.stringify can walk it. Nothing else walks it.
 */
export function propertiesText(
  event: Fields,
  known: ReadonlySet<string>,
  explicit: Fields | null | undefined,
): { text?: string } | { error: FieldError } {
  const json = joinObjects(unknownJson(event, known, explicit), JSON.stringify(explicit ?? {}));
  if (json === "{}") return {};
  const bytes = json.length * 3 > MAX_PROPERTIES_BYTES ? Buffer.byteLength(json) : 0;
  if (bytes > MAX_PROPERTIES_BYTES) return problem(`of at most ${MAX_PROPERTIES_BYTES} bytes as JSON, got ${bytes}`);
  if (isNestedDeeper(json, MAX_DEPTH)) return problem(`nested at most ${MAX_DEPTH} levels deep, got more`);
  return { text: cleanJson(json) };
}

/** The fields of an event that are neither known nor among its explicit properties. */
function unknownJson(event: Fields, known: ReadonlySet<string>, explicit: Fields | null | undefined): string {
  const json = jsonWithout(event, known);
  if (json === "{}" || explicit == null) return json;
  const doubled = Object.keys(explicit).filter((key) => Object.hasOwn(event, key));
  return doubled.length === 0 ? json : jsonWithout(event, [...known, ...doubled]);
}

/**
 * Hides the fields while the rest is written: copying an object with thousands of fields takes longer than writing it.
 */
function jsonWithout(event: Fields, fields: Iterable<string>): string {
  const hidden = [...fields]
    .filter((field) => Object.hasOwn(event, field))
    .map((field) => [field, event[field]] as const);
  for (const [field] of hidden) event[field] = undefined;
  const json = JSON.stringify(event);
  for (const [field, value] of hidden) event[field] = value;
  return json;
}

function joinObjects(a: string, b: string): string {
  return a === "{}" ? b : b === "{}" ? a : `${a.slice(0, -1)},${b.slice(1)}`;
}

function problem(limit: string): { error: FieldError } {
  return { error: { path: "properties", message: `Expected properties, unknown fields included, ${limit}` } };
}
