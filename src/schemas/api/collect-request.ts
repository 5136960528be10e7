/** The body of `POST /v1/events`: one event, an array of them, or this envelope around the array. */
import * as z from "zod/mini";
import { instant, uuid } from "../events/fields.ts";

/** Most events and bytes (plain or unpacked) in one request. */
export const MAX_EVENTS = 500;
export const MAX_BODY_BYTES = 1_048_576;

export const collectEnvelope = z.object({
  sent_at: z.nullish(instant),
  batch_id: z.nullish(uuid),
  events: z.array(z.unknown()),
});
