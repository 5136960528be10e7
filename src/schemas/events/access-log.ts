/**
 * A server answered a request, as a line of its access log says. `user_agent` and `ip` are those of the visitor; they make
 * device, browser, OS and visitor_id, and are not stored themselves.
 */
import * as z from "zod/mini";
import { commonFields, longText } from "./fields.ts";

export const accessLog = z.object({
  ...commonFields,
  name: z.literal("access_log"),
  status: z.int().check(z.minimum(100), z.maximum(599)),
  method: z.nullish(z.string().check(z.maxLength(32))),
  path: z.nullish(z.string().check(z.regex(/^\//))),
  bytes: z.nullish(z.int().check(z.minimum(0))),
  user_agent: z.nullish(longText),
  ip: z.nullish(z.string().check(z.maxLength(64))),
});
