/** The body of `POST /v1/events`: one event, an array of them, or this envelope around the array. */
import * as z from "zod/mini";
import { instant, uuid } from "../events/fields.ts";

/** Most events and bytes (plain or unpacked) in one request. */
export const MAX_EVENTS = 500;
export const MAX_BODY_BYTES = 1_048_576;

export const collectEnvelope = z.object({
  sent_at: z.nullish(instant),
  batch_id: z.nullish(uuid),
  /** Without it, an event from before 2000 is taken for a mistake, such as seconds for milliseconds. */
  before_2000: z.nullish(z.boolean()),
  events: z.array(z.unknown()),
});
