/**
 * How the beacon describes its visit: as a list, because the names of the fields would be a tenth of its script and of
 * what it sends. Servers name the fields (src/schemas/events/fields.ts).
 */
import { plainNumber } from "../../schemas/exact-json.ts";

type Input = Record<string, unknown>;

/** Five addresses, each as long as any that is read, and some numbers. */
const MAX_LIST_LENGTH = 5 * 8192 + 100;

/**
 * The named fields that an event's list `visit` stands for: the visit's pages so far, the page before, when (by the clock
 * of `occurred_at`) the event before was and the visit began, its first page and where it came from, and the same of the
 * visitor's first visit. Undefined if the event has no such list.
 */
export function visitFields(event: Input): Input | undefined {
  const state = listOf(event.visit);
  if (state?.length !== 8) return undefined;
  const [pages, previous_path, last, began, entry_url, entry_referrer, first_url, first_referrer] = state;
  const page = numberOf(pages);
  // Before its first page a visit has no time.
  const isBegun = page > (event.name === "page_view" ? 1 : 0);
  return {
    page_number: page || undefined,
    previous_path,
    elapsed_ms: isBegun ? since(last, event) : undefined,
    visit_ms: since(began, event),
    entry_url,
    entry_referrer,
    first_url: first_url || undefined,
    first_referrer: first_url ? first_referrer : undefined,
  };
}

/** On pages whose scripts teach lists to become texts (Prototype.js), a list arrives as its own JSON. */
function listOf(visit: unknown): unknown[] | undefined {
  if (Array.isArray(visit)) return visit;
  if (typeof visit !== "string" || !visit.startsWith("[") || visit.length > MAX_LIST_LENGTH) return undefined;
  try {
    const list: unknown = JSON.parse(visit);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** A clock may have been put back. */
function since(time: unknown, { occurred_at }: Input): number | undefined {
  const ms = time ? numberOf(occurred_at) - numberOf(time) : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Beacons keep numbers as texts. Of anything else `Number` may throw: of `{"valueOf": 1, "toString": 1}`, say. */
function numberOf(value: unknown): number {
  const plain = plainNumber(value);
  return typeof plain === "number" || typeof plain === "string" ? Number(plain) : Number.NaN;
}
