/** The texts of an event that may hold anything, as they are stored: without IP addresses. */
import type { FieldError } from "../../schemas/api/collect-answer.ts";
import { cutText } from "../../schemas/clean-text.ts";
import type { EventInput } from "../../schemas/events/event.ts";
import { MAX_MESSAGE_LENGTH } from "../../schemas/events/fields.ts";
import {
  anyCuts,
  type Cuts,
  cutAddresses,
  cutNamedAddresses,
  cutPublicAddresses,
  LONGEST_ADDRESS,
  MAX_CUTS,
} from "./cut-addresses.ts";

export type StoredTexts = { message: string | undefined; properties: string | undefined };

/** What is stored of a message and of properties, or an error if the request holds too many addresses. */
export function storedTexts(
  { name, message }: EventInput,
  properties: string | undefined,
  cuts: Cuts = anyCuts(),
): StoredTexts | { error: FieldError } {
  const read = message ? cutPublicAddresses(cutText(message, MAX_MESSAGE_LENGTH + LONGEST_ADDRESS), cuts) : undefined;
  if (read?.isWhole === false) return { error: tooMany("message") };
  const more = properties === undefined ? undefined : cutIn(name)(properties, cuts);
  if (more?.isWhole === false) return { error: tooMany("properties") };
  return { message: read?.text, properties: more?.text };
}

/** How addresses are cut from properties: what a page or an app sends is its own, except where it names an address. */
function cutIn(name: string): typeof cutAddresses {
  if (name === "access_log") return cutAddresses;
  return name === "app_log" ? cutPublicAddresses : cutNamedAddresses;
}

function tooMany(path: keyof StoredTexts): FieldError {
  return { path, message: `Expected at most ${MAX_CUTS} IP addresses in one request, got more` };
}
