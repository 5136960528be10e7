/** An event of any other name: the sender defines its meaning, and its own fields go into `properties`. */
import * as z from "zod/mini";
import { commonFields, eventName } from "./fields.ts";

export const customEvent = z.object({ ...commonFields, name: eventName });
