/**
 * The event described by a pixel's address: `GET /v1/pixel.gif?key=&name=&url=…`, for e-mail and pages without scripts.
 */
import { parseBounded } from "../sources/bounded-json.ts";

const numbersOfVisits = ["page_number", "elapsed_ms", "visit_ms"];
const wholeNumbers = new Set(["amount", "status", "bytes", "occurred_at", ...numbersOfVisits]);

/**
 * The body equivalent to a query string: each field is a parameter, `properties` is JSON, and any other parameter is a
 * property. Without `url`, the page is the one that shows the image.
 */
export function pixelBody(query: string, referer: string | undefined): string {
  const params = new URLSearchParams(query);
  params.delete("key");
  const event = new Map<string, unknown>();
  for (const [field, text] of params) if (text !== "" && !event.has(field)) event.set(field, valueOfField(field, text));
  if (!event.has("url") && referer) event.set("url", referer);
  return JSON.stringify(Object.fromEntries(event));
}

/**
 * The sender of a pixel's request. Apple's mail proxy says `Mozilla/5.0` and no more. Elsewhere a scanner says so, but
 * scanners look at no pictures: here it stands for a person, like the proxies that say their name.
 */
export function pixelSender<S extends { userAgent: string }>(sender: S) {
  const userAgent = sender.userAgent === "Mozilla/5.0" ? "" : sender.userAgent;
  return { ...sender, userAgent, source: "pixel" as const };
}

function valueOfField(field: string, text: string): unknown {
  if (wholeNumbers.has(field) && /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  return field === "properties" ? (parseJson(text) ?? text) : text;
}

function parseJson(text: string): unknown {
  try {
    return parseBounded(text);
  } catch {
    return undefined; // left as text, which the schema then refuses by name
  }
}
