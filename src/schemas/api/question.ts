/** What may be asked in the query string, in addition to filters (`<dimension>=<value>`). */
import * as z from "zod/mini";
import { day } from "../day.ts";

export const MOST_GROUPS_ASKED = 1000;
/** History lists this many groups, so no group is further down. */
export const MOST_GROUPS_LISTED = 10_000;
export const MOST_MINUTES = 120;

const wholeNumber = (least: number, most: number) =>
  z
    .pipe(z.string().check(z.regex(/^\d{1,9}$/, "is no whole number")), z.transform(Number))
    .check(z.refine((n) => n >= least && n <= most, `is not between ${least} and ${most}`));

/**
 * Dimensions; several are joined by a comma, or by the `+` that `GET /v1/metrics` shows, which a URL reads as a space.
 */
const dimensionList = z.pipe(
  z.string(),
  z.transform((text) => text.split(/[,+ ]/)),
);
const limit = z._default(wholeNumber(1, MOST_GROUPS_ASKED), 50);
/** How many of the largest groups to pass over. */
const offset = z._default(wholeNumber(0, MOST_GROUPS_LISTED - 1), 0);

/** `GET /v1/metrics/{metric}` */
export const metricParams = z.object({
  from: z.optional(day),
  to: z.optional(day),
  by: z.optional(dimensionList),
  interval: z.optional(z.enum(["hour", "day", "week", "month"], "is none of hour, day, week, month")),
  limit,
  offset,
});

/** `GET /v1/live/{metric}` */
export const liveParams = z.object({
  minutes: z._default(wholeNumber(1, MOST_MINUTES), 30),
  /** As above; then the answer has groups instead of minutes. */
  by: z.optional(dimensionList),
  limit,
  offset,
});
