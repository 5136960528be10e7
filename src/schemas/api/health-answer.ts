/** The answer of `GET /v1/health`: what a sender of history must know about a stage; nothing in it is secret. */
import * as z from "zod/mini";

export const healthAnswer = z.object({
  /** What fails is answered as a problem, with status 503. */
  status: z.literal("ok"),
  /** The IANA name of the stage's time zone, which defines its days. */
  timezone: z.string(),
  /** How long Firehose collects the events of a day before it delivers them to the lake. */
  lake_buffer_seconds: z.number(),
  /** On a single machine, what is wrong: a full disk, a damaged file. On AWS, alarms report this. */
  problems: z.optional(z.array(z.string())),
});

export type HealthAnswer = z.infer<typeof healthAnswer>;
