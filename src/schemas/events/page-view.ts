/** A page was shown. */
import * as z from "zod/mini";
import { commonFields, longText } from "./fields.ts";

export const pageView = z.object({ ...commonFields, name: z.literal("page_view"), url: longText });
