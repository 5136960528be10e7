/** Something was clicked: a posting, a banner, a link out. */
import * as z from "zod/mini";
import { commonFields, target } from "./fields.ts";

export const click = z.object({ ...commonFields, name: z.literal("click"), target });
