/** What a stage says whose time zone is not the one that its table's days are of (src/aws/dynamodb/table-zone.ts keeps it). */
import { HttpError } from "../errors.ts";

/** What is wrong, for whoever deployed it; undefined when the zones are the same or the table has none. */
export function zoneProblem(timezone: string, tableZone: string | undefined): string | undefined {
  if (tableZone === undefined || tableZone === timezone) return undefined;
  return `this stage counts days of ${timezone}, and its table holds days of ${tableZone}: deploy it with timezone ${tableZone}, or another stage`;
}

/** Throws 503 when they are not the same: a request passes when the stage is deployed right again. `verb` as in `answer`. */
export function requireSameZone(timezone: string, tableZone: string | undefined, verb: string): void {
  const problem = zoneProblem(timezone, tableZone);
  if (problem !== undefined)
    throw new HttpError(503, `Cannot ${verb}: ${problem}`, { headers: { "retry-after": "60" } });
}
