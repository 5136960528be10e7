/** Reads the address of a page: host, path without query, and the parameters that campaigns add to links. */

import { cached } from "../../cache.ts";
import { hostName, pathName } from "../../schemas/address-names.ts";
import { cleanText, cutText } from "../../schemas/clean-text.ts";
import { MAX_ID_LENGTH } from "../../schemas/events/fields.ts";
import { decodeFormValue } from "../../schemas/percent-codes.ts";

/**
 * Anything beyond this is not read: no browser sends that much, and all work on an address is limited to this length.
 */
export const MAX_READ_LENGTH = 8192;
/** What is stored of a value: each UTF-16 unit takes at most three bytes. */
const MAX_VALUE_BYTES = MAX_ID_LENGTH * 3;

const utmFields = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"] as const;
const UTM = "&utm_";
const utmNames = utmFields.map((field) => field.slice(UTM.length - 1));
/** What the large advertisers add to paid links; `n_ad` is Naver's, `DMKW` Kakao's. */
export const paidParameters = [
  ...["gclid", "gbraid", "wbraid", "gad_source", "msclkid", "dclid", "yclid", "ttclid", "twclid"],
  ...["li_fat_id", "rdt_cid", "ScCid", "n_ad", "DMKW"],
];
const paidClick = new RegExp(`[?&](?:${paidParameters.join("|")})=`);

export type PageUrl = { [F in (typeof utmFields)[number] | "host" | "path"]?: string } & {
  url: string;
  isPaid: boolean;
};

/** The parts of an absolute URL with an authority, or of a path starting with `/`; null for any other text. */
export const parsePageUrl = cached(1000, parse);

/** The same, where `//host/path` is an address without its scheme, as pages may write it: a link to another host. */
export function parseLink(text: string): PageUrl | null {
  return parsePageUrl(withScheme(text));
}

function withScheme(text: string): string {
  return /^\/\/[^/\\?#]*[.:\]]/.test(text) && URL.canParse(`https:${text}`) ? `https:${text}` : text;
}

/** The host of an address, `undefined` if it has none or is not an address. */
export const hostOf = cached(1000, (url) => {
  const host = hostName(parseAbsolute(withScheme(url))?.host ?? "");
  return host === "" ? null : host;
});

function parse(whole: string): PageUrl | null {
  const url = cutText(whole, MAX_READ_LENGTH);
  const text = withNamedAmpersands(url);
  const isPath = text.startsWith("/");
  const address = isPath ? URL.parse(`http://host${text}`) : parseAbsolute(text);
  if (address === null) return null;
  const host = isPath ? "" : hostName(address.host);
  return { url, ...(host && { host }), path: pathName(address.pathname), ...campaign(text, address.search) };
}

/** Links are also copied from a page's source, where `&` is `&amp;`, or a number whose `#` would begin a fragment. */
export function withNamedAmpersands(text: string): string {
  return text.includes("#") ? text.replace(/&(?:amp;)*#(?:0*38|x0*26);/gi, "&amp;") : text;
}

// `javascript:` and `data:` are URLs too, but not addresses of pages.
function parseAbsolute(text: string): URL | null {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? URL.parse(cutText(text, MAX_READ_LENGTH)) : null;
}

function campaign(text: string, written: string): Omit<PageUrl, "url" | "host" | "path"> {
  const query = written.replace(/&(?:amp(?:;|%3B))+/gi, "&");
  const isPaid = paidClick.test(query);
  return text.includes("utm") ? { isPaid, ...readCampaign(`&${query.slice(1)}`) } : { isPaid };
}

/** Of more parameters that are campaign fields, the first are read. */
const MAX_FIELDS = 50;

/**
 * The first value of each field, as URLSearchParams would read it, which takes far longer and decodes all values; so
 * does a pattern.
 */
function readCampaign(written: string): Pick<PageUrl, (typeof utmFields)[number]> {
  const query = written.includes("&utm%5") ? written.replace(/&utm%5[Ff]/g, UTM) : written;
  const found: (string | undefined)[] = [];
  let left = MAX_FIELDS;
  for (let at = query.indexOf(UTM); at !== -1 && left > 0; at = query.indexOf(UTM, at + 1)) {
    const begin = at + UTM.length;
    const field = utmNames.findIndex((name) => query.startsWith(name, begin));
    const behind = begin + (utmNames[field]?.length ?? 0);
    if (field === -1 || !isEndOfName(query, behind)) continue;
    left--;
    if (found[field] !== undefined) continue;
    const end = query.indexOf("&", behind);
    found[field] = decode(query.slice(behind + 1, end === -1 ? undefined : end));
  }
  const campaign: Pick<PageUrl, (typeof utmFields)[number]> = {};
  for (const [i, field] of utmFields.entries()) if (found[i]) campaign[field] = found[i];
  return campaign;
}

/** Without `=` its value is empty. */
function isEndOfName(query: string, at: number): boolean {
  return at === query.length || query[at] === "=" || query[at] === "&";
}

function decode(value: string): string {
  return cleanText(decodeFormValue(value, MAX_VALUE_BYTES), MAX_ID_LENGTH);
}
