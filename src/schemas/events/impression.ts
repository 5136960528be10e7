/** Something clickable was seen; clicks divided by impressions are the click rate. */
import * as z from "zod/mini";
import { commonFields, target } from "./fields.ts";

export const impression = z.object({ ...commonFields, name: z.literal("impression"), target });
