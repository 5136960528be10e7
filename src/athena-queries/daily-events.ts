/**
 * A day's events, each once, as written when the day is sealed: what rollups, rebuilds and questions about the lake
 * read.
 *
 * An event is stored on the day of its preferred copy. Copies have the same event_id and came with the same app's key
 * (the trusted key has an app of its own), so no key can hide what came with another. A request that was repeated
 * across midnight has a copy on a neighbouring day, because a repeat gets a different corrected time. Copies that the
 * stream has marked may be many days apart, and unmet-copies.ts finds out where the copy that counts is.
 */
import { addDays } from "../metrics/time-bucket.ts";
import { dailyEventColumns } from "../schemas/tables/daily-event-columns.ts";
import { join, raw, type Sql, sql } from "./sql.ts";

/**
 * `events`: everything that was delivered. `both`: what was delivered and has not expired, plus what was written when
 * the day was sealed before; the lake keeps raw events only for a limited time.
 */
export type EventsFrom = "events" | "both";
/**
 * Whether an event counts on a day that has only marked copies of it: never, because the lake has the copy that counts,
 * or only if no other copy is on that day or beside it, because the one that counts may be lost.
 */
export type MarkedCopies = "never count" | "count if alone";

const columns = Object.keys(dailyEventColumns);
/** What identifies an event. */
const identity = ["app", "event_id"];
/** Which copy came first. The other columns only decide between events that claim one id at the same instant. */
const first = ["received_at", "dt", "batch_id", "occurred_at", "name"];
const rest = columns.filter((column) => ![...identity, "is_copy", ...first].includes(column));
const list = raw(columns.join(", "));

/**
 * The events of `day` (YYYY-MM-DD) in the columns of `src/schemas/tables/daily-event-columns.ts`, sorted by name and
 * time.
 */
export function dailyEvents(day: string, source: EventsFrom, copies: MarkedCopies = "count if alone"): Sql {
  const counts = copies === "never count" ? raw(" and not coalesce(is_copy, false)") : raw("");
  return sql`
with
  copies as (
    ${join(
      tablesOf(source).flatMap((table) => copiesIn(table, day)),
      "\n    union all\n    ",
    )}
  ),
  preferred as (
    select *, row_number() over (
      partition by ${raw(identity.join(", "))}
      order by coalesce(is_copy, false), ${raw([...first, ...rest].join(", "))}
    ) as place
    from copies
  )
select ${list}
from preferred
where place = 1 and dt = ${day}${counts}
order by name, occurred_at, event_id
`;
}

function tablesOf(source: EventsFrom): Sql[] {
  return (source === "both" ? ["events", "daily_events"] : ["events"]).map(raw);
}

/** Of the neighbouring days only the columns that decide are needed. */
function copiesIn(table: Sql, day: string): Sql[] {
  const deciding = new Set([...identity, "is_copy", ...first]);
  const narrow = columns.map((column) => (deciding.has(column) ? column : "null"));
  return [
    sql`select ${list}, dt
    from ${table}
    where dt = ${day}`,
    sql`select ${raw(narrow.join(", "))}, dt
    from ${table}
    where dt in (${addDays(day, -1)}, ${addDays(day, 1)})`,
  ];
}
