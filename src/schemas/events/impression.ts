/** Something was seen that can be clicked; clicks by impressions are its rate. */
import * as z from "zod/mini";
import { commonFields, target } from "./fields.ts";

export const impression = z.object({ ...commonFields, name: z.literal("impression"), target });
