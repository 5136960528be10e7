/** Whether a user agent says that it is a robot: crawlers, monitors, libraries, headless browsers. */
import { isbot } from "isbot";
import { withoutAdditions } from "./in-app.ts";

/** False for an empty user agent: one that says nothing is not known to be a robot. */
export function isBot(userAgent: string): boolean {
  return isbot(withoutAdditions(userAgent));
}
