/**
 * A server answered a request, according to a line of its access log. `user_agent` and `ip` are the visitor's; device,
 * browser, OS and visitor_id are derived from them, and they are not stored.
 */
import * as z from "zod/mini";
import { commonFields, longText } from "./fields.ts";
import { ofText } from "./lengths.ts";

export const accessLog = z.object({
  ...commonFields,
  name: z.literal("access_log"),
  status: z.int().check(z.minimum(100), z.maximum(599)),
  method: z.nullish(z.string().check(ofText(z.maxLength(32)))),
  path: z.nullish(z.string().check(z.regex(/^\//))),
  bytes: z.nullish(z.int().check(z.minimum(0))),
  user_agent: z.nullish(longText),
  ip: z.nullish(z.string().check(ofText(z.maxLength(64)))),
});
