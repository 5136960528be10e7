/** The answer of `GET /v1/health`: what a sender of history must know about a stage; nothing in it is secret. */
import * as z from "zod/mini";

export const healthAnswer = z.object({
  /** `failing`, which comes with status 503, is reported only by a single machine about itself. */
  status: z.enum(["ok", "failing"]),
  /** The IANA name of the stage's time zone, which defines its days. */
  timezone: z.string(),
  /** How long Firehose collects the events of a day before it delivers them to the lake. */
  lake_buffer_seconds: z.number(),
  /** On a single machine, what is wrong: a full disk, a damaged file. On AWS, alarms report this. */
  problems: z.optional(z.array(z.string())),
});

export type HealthAnswer = z.infer<typeof healthAnswer>;

/**
 * The answer with status 503: events are not taken and questions not answered until the stage is deployed correctly.
 */
export const sickAnswer = z.object({
  status: z.literal("wrong_timezone"),
  timezone: z.string(),
  /** The time zone of the table's days. */
  table_timezone: z.string(),
  message: z.string(),
});

export type SickAnswer = z.infer<typeof sickAnswer>;
