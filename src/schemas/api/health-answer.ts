/** The answer of `GET /v1/health`: what a sender of history has to know of a stage, and nothing that is anybody's secret. */
import * as z from "zod/mini";

export const healthAnswer = z.object({
  /** `failing`, which comes with 503, is what a single machine says of itself. */
  status: z.enum(["ok", "failing"]),
  /** What a day is: the IANA name of the stage's time zone. */
  timezone: z.string(),
  /** How long Firehose gathers the events of a day before it delivers them to the lake. */
  lake_buffer_seconds: z.number(),
  /** What is wrong, on a single machine: a full disk, a damaged file. On AWS alarms say so. */
  problems: z.optional(z.array(z.string())),
});

export type HealthAnswer = z.infer<typeof healthAnswer>;

/** Its answer with status 503: events are not taken and questions not answered until the stage is deployed right again. */
export const sickAnswer = z.object({
  status: z.literal("wrong_timezone"),
  timezone: z.string(),
  /** The zone whose days the table holds. */
  table_timezone: z.string(),
  message: z.string(),
});

export type SickAnswer = z.infer<typeof sickAnswer>;
