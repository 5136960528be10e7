/**
 * The time zone of the table's days, in an item of its own (`pk = zone`, `sk = zone`). The first function that counts
 * writes it, and it never changes. A stage deployed with another zone must not add to the table, seal its days or
 * answer from it.
 */
import { HttpError } from "../errors.ts";
import type { Log } from "../reporter.ts";
import { keyOf, type Table } from "./table.ts";

type Options = { table: Pick<Table, "get" | "updateAndGet">; timezone: string; clock: () => number; log: Log };
type Seen = { zone: string | undefined; at: number };

const KEY = keyOf("zone", "zone");
/** How long an answer is trusted that says there is no zone yet, that it is another one, or that it cannot be read. */
export const LOOK_AGAIN_MS = 60_000;

/**
 * The table's zone, for a function of a stage in `timezone`. Once both are known to be the same, no call reads it
 * again.
 */
export function createTableZone({ table, timezone, clock, log }: Options) {
  let seen: Promise<Seen> | undefined;

  async function look(): Promise<Seen> {
    const at = clock();
    try {
      const zone = (await table.get(KEY))?.zone?.S;
      if (zone !== undefined && zone !== timezone)
        log.error("The table holds days of another time zone than this stage counts", { zone, timezone });
      return { zone, at };
    } catch (error) {
      log.warn("Cannot read the table's time zone", { error });
      return { zone: undefined, at };
    }
  }

  return {
    /**
     * The zone, or undefined if the table has none yet or it cannot be read: that must not hold anyone up. Never
     * rejects.
     */
    async read(): Promise<string | undefined> {
      seen ??= look();
      const { zone, at } = await seen;
      if (zone !== timezone && clock() - at >= LOOK_AGAIN_MS) seen = look();
      return (await seen).zone;
    },

    /** The zone; if the table had none, it is the stage's from now on. Rejects with the SDK's errors. */
    async claim(): Promise<string> {
      if ((await seen)?.zone === timezone) return timezone;
      const item = await table.updateAndGet(KEY, {
        UpdateExpression: "SET #zone = if_not_exists(#zone, :zone)",
        ExpressionAttributeNames: { "#zone": "zone" },
        ExpressionAttributeValues: { ":zone": { S: timezone } },
      });
      const zone = item?.zone?.S ?? timezone;
      seen = Promise.resolve({ zone, at: clock() });
      return zone;
    },
  };
}

/** The problem, worded for whoever deployed the stage; undefined when the zones are the same or the table has none. */
export function zoneProblem(timezone: string, tableZone: string | undefined): string | undefined {
  if (tableZone === undefined || tableZone === timezone) return undefined;
  return `this stage counts days of ${timezone}, and its table holds days of ${tableZone}: deploy it with timezone ${tableZone}, or another stage`;
}

/**
 * Throws 503 when the zones differ: the request can succeed once the stage is deployed correctly. `verb` is what could
 * not be done, as in `answer`.
 */
export function requireSameZone(timezone: string, tableZone: string | undefined, verb: string): void {
  const problem = zoneProblem(timezone, tableZone);
  if (problem !== undefined)
    throw new HttpError("wrong_timezone", `Cannot ${verb}: ${problem}`, { headers: { "retry-after": "60" } });
}
