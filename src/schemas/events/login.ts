/** Someone signed in; `user_id` says who, if the sender wants to tell. */
import * as z from "zod/mini";
import { commonFields } from "./fields.ts";

export const login = z.object({ ...commonFields, name: z.literal("login") });
