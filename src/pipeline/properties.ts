/**
 * What an event holds beyond its own fields, as the JSON text that is stored. Unknown top-level fields join the explicit
 * `properties`, which win where both have a key. Keys such as `__proto__` are data like any other.
 */
import type { FieldError } from "../schemas/collect-answer.ts";
import { cleanJson } from "./clean-text.ts";

export const MAX_DEPTH = 10;
export const MAX_PROPERTIES_BYTES = 32_768;

type Fields = Record<string, unknown>;

/** JSON text, undefined when there is nothing to store, or the error that says why it cannot be stored. */
export function propertiesText(
  event: Fields,
  known: ReadonlySet<string>,
  explicit: Fields | null | undefined,
): { text?: string } | { error: FieldError } {
  const all = merge(event, known, explicit);
  if (all === undefined) return {};
  if (isDeeperThan(all, MAX_DEPTH)) return problem(`nested at most ${MAX_DEPTH} levels deep, got more`);
  const text = cleanJson(JSON.stringify(all));
  const bytes = text.length * 3 > MAX_PROPERTIES_BYTES ? Buffer.byteLength(text) : 0;
  if (bytes > MAX_PROPERTIES_BYTES) return problem(`of at most ${MAX_PROPERTIES_BYTES} bytes as JSON, got ${bytes}`);
  return text === "{}" ? {} : { text };
}

function merge(event: Fields, known: ReadonlySet<string>, explicit: Fields | null | undefined): Fields | undefined {
  let merged: Fields | undefined;
  for (const key in event) {
    if (known.has(key)) continue;
    merged ??= Object.create(null) as Fields; // no prototype, so `__proto__` is only a key
    merged[key] = event[key];
  }
  if (merged === undefined) return explicit ?? undefined;
  for (const key in explicit) merged[key] = explicit[key];
  return merged;
}

/** Whether objects and arrays are nested deeper than `levels`; looks no further, so a deep one cannot exhaust the stack. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan((value as Fields)[key], levels - 1)) return true;
  return false;
}

function problem(limit: string): { error: FieldError } {
  return { error: { path: "properties", message: `Expected properties, unknown fields included, ${limit}` } };
}
