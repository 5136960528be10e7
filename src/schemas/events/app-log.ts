/**
 * An application wrote a line to its log. `template` is the message without what differs from line to line, so that
 * logs can be counted by what they say; `service` is the application.
 */
import * as z from "zod/mini";
import { commonFields, longText, shortText } from "./fields.ts";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

export const appLog = z.object({
  ...commonFields,
  name: z.literal("app_log"),
  level: z.enum(logLevels),
  service: z.nullish(shortText),
  message: z.nullish(longText),
  template: z.nullish(shortText),
});
