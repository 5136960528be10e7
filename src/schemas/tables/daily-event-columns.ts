/**
 * The columns of the `daily_events` table, which are those of `events`. It holds the events of each sealed day once: of
 * an event that was stored more than once the copy that counts, unless that is on another day. Sorted by name and
 * time.
 */
import { eventColumns } from "./event-columns.ts";

export const dailyEventColumns = eventColumns;
