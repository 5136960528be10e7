/** What the batch may be asked: nothing (the schedule), or to roll days up anew. */
import * as z from "zod/mini";
import { day } from "./day.ts";

const MOST_DAYS = 3660;
const DAY_MS = 86_400_000;

const rebuild = z.strictObject({ from: day, to: day }).check(
  z.refine(({ from, to }) => from <= to, { error: "from is after to", abort: true }),
  z.refine(({ from, to }) => Date.parse(to) - Date.parse(from) < MOST_DAYS * DAY_MS, `more than ${MOST_DAYS} days`),
);

export const batchRequest = z.strictObject({ rebuild: z.optional(rebuild) });

export type BatchRequest = z.infer<typeof batchRequest>;
