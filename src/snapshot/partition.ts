/** The partition of an instant: the day and the hour that clocks of the stage's zone show, as the days of events are. */
import { dayOf } from "../metrics/time-bucket.ts";

export function partitionIn(timezone: string): (at: number) => { dt: string; hour: string } {
  const hours = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", hourCycle: "h23" });
  return (at) => ({ dt: dayOf(at, timezone), hour: hours.format(at).padStart(2, "0") });
}
