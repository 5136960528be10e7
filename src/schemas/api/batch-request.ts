/** What the batch can be asked to do: the scheduled work (nothing), to roll days up again, or to erase a person. */
import * as z from "zod/mini";
import { day } from "../day.ts";
import { MAX_ID_LENGTH } from "../events/fields.ts";
import { ofText } from "../events/lengths.ts";

const MOST_DAYS = 3660;
const DAY_MS = 86_400_000;

const rebuild = z.strictObject({ from: day, to: day }).check(
  z.refine(({ from, to }) => from <= to, { error: "from is after to", abort: true }),
  z.refine(({ from, to }) => Date.parse(to) - Date.parse(from) < MOST_DAYS * DAY_MS, `more than ${MOST_DAYS} days`),
);

// Texts that the lake's engine cannot compare are in no event: collect cleans its texts.
const id = z.string().check(
  ofText(z.minLength(1)),
  ofText(z.maxLength(MAX_ID_LENGTH)),
  z.refine((text) => text.isWellFormed() && !text.includes("\0"), "no NUL and no half of a surrogate pair"),
);
const person = z
  .strictObject({ visitor_id: z.optional(id), user_id: z.optional(id) })
  .check(
    z.refine(
      ({ visitor_id, user_id }) => (visitor_id === undefined) !== (user_id === undefined),
      "either visitor_id or user_id",
    ),
  );

export const batchRequest = z
  .strictObject({ rebuild: z.optional(rebuild), erase: z.optional(person) })
  .check(z.refine(({ rebuild, erase }) => rebuild === undefined || erase === undefined, "either rebuild or erase"));

export type BatchRequest = z.infer<typeof batchRequest>;
export type PersonRequest = z.infer<typeof person>;
