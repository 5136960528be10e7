/** Something was clicked: a posting, a banner, an outgoing link. */
import * as z from "zod/mini";
import { commonFields, target } from "./fields.ts";

export const click = z.object({ ...commonFields, name: z.literal("click"), target });
