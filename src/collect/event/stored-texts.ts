/** The texts of an event that may hold anything, as they are stored: without IP addresses. */
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
} from "./cut-addresses.ts";
import { MAX_CUTS, tooMany } from "./request-limits.ts";

export type StoredTexts = { message: string | undefined; properties: string | undefined };

/** What is stored of a message and of properties. Throws an HttpError (413) if the request holds too many addresses. */
export function storedTexts(
  { name, message }: EventInput,
  properties: string | undefined,
  cuts: Cuts = anyCuts(),
): StoredTexts {
  const read = message ? cutPublicAddresses(cutText(message, MAX_MESSAGE_LENGTH + LONGEST_ADDRESS), cuts) : undefined;
  const more = properties === undefined ? undefined : cutIn(name)(properties, cuts);
  if (read?.isWhole === false || more?.isWhole === false) throw tooMany(`${MAX_CUTS} IP addresses`);
  return { message: read?.text, properties: more?.text };
}

/** How addresses are cut from properties: what a page or an app sends is its own, except where it names an address. */
function cutIn(name: string): typeof cutAddresses {
  if (name === "access_log") return cutAddresses;
  return name === "app_log" ? cutPublicAddresses : cutNamedAddresses;
}
