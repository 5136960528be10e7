/** Somebody signed in; `user_id` says who, where the sender wants that known. */
import * as z from "zod/mini";
import { commonFields } from "./fields.ts";

export const login = z.object({ ...commonFields, name: z.literal("login") });
