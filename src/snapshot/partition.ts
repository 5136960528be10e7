/** The partition of an instant: its day and hour by the clocks of the stage's time zone, as for the days of events. */
import { dayOf } from "../metrics/time-bucket.ts";

export function partitionIn(timezone: string): (at: number) => { dt: string; hour: string } {
  const hours = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", hourCycle: "h23" });
  return (at) => ({ dt: dayOf(at, timezone), hour: hours.format(at).padStart(2, "0") });
}
