/** The answer of `POST /v1/events` with status 202; with 400 these members are in a problem (problem.ts). */
import * as z from "zod/mini";

/** What is wrong with one field. An empty path means the whole event or body. */
export const fieldError = z.object({ path: z.string(), message: z.string() });

/** One event that was not accepted; `index` is its index in the request, and 0 for an error of the body itself. */
export const rejection = z.object({
  index: z.int().check(z.minimum(0)),
  event_id: z.optional(z.string()),
  errors: z.array(fieldError),
});

/** What of accepted events was taken for absent: how many events have it, and the index of the first. */
const ignoredField = z.object({
  ...fieldError.shape,
  index: z.int().check(z.minimum(0)),
  events: z.int().check(z.minimum(1)),
});

export const collectAnswer = z.object({
  accepted: z.int().check(z.minimum(0)),
  rejected: z.array(rejection),
  ignored: z.optional(z.array(ignoredField)),
});

export type FieldError = z.infer<typeof fieldError>;
export type IgnoredField = z.infer<typeof ignoredField>;
export type Rejection = z.infer<typeof rejection>;
export type CollectAnswer = z.infer<typeof collectAnswer>;
