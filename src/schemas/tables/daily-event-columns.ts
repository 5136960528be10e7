/**
 * The columns of the `daily_events` table: those of `events`. It holds the events of each sealed day once: the copy that
 * counts, of an event that was stored more than once, and none that counts on a neighbouring day. Sorted by name and time.
 */
import { eventColumns } from "./event-columns.ts";

export const dailyEventColumns = eventColumns;
