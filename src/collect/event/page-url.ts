/** What stands in the address of a page: host, path without query, and what campaigns add to links. */

import { cached } from "../../cache.ts";
import { cleanText, cutText } from "../../schemas/clean-text.ts";
import { MAX_ID_LENGTH, MAX_PATH_LENGTH } from "../../schemas/events/fields.ts";

/** Nothing behind this is read: no browser sends so much, and whatever is done with an address is done to as much of it. */
export const MAX_READ_LENGTH = 8192;
/** As many characters can become a value that is kept: each of its UTF-16 units takes nine at most (`%EC%B1%84`). */
const MAX_ENCODED_LENGTH = MAX_ID_LENGTH * 9;

const utmFields = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"] as const;
const utmParameter = /&utm(?:_|%5[Ff])(source|medium|campaign|term|content)(?:=|(?=&)|$)/y;
// What the large advertisers add to the links that somebody paid for; `n_ad` is Naver's, `DMKW` Kakao's.
const paidClick =
  /[?&](?:gclid|gbraid|wbraid|gad_source|msclkid|dclid|yclid|ttclid|twclid|li_fat_id|rdt_cid|ScCid|n_ad|DMKW)=/;

export type PageUrl = { [F in (typeof utmFields)[number] | "host" | "path"]?: string } & {
  url: string;
  isPaid: boolean;
};

/** The parts of an absolute URL with an authority, or of a path that begins with `/`; null for any other text. */
export const parsePageUrl = cached(1000, parse);

/** The host of an address, `undefined` when it has none or is no address. */
export const hostOf = cached(1000, (url) => {
  const host = parseAbsolute(url)?.host;
  return host === undefined || host === "" ? null : cleanText(host, MAX_ID_LENGTH);
});

function parse(whole: string): PageUrl | null {
  const text = cutText(whole, MAX_READ_LENGTH);
  return text.startsWith("/") ? parsePath(text) : parseWhole(text);
}

function parsePath(text: string): PageUrl {
  const address = text.replace(/#.*/s, "");
  const path = address.replace(/\?.*/s, "");
  return { url: text, path: cleanText(path, MAX_PATH_LENGTH), ...campaign(text, address.slice(path.length)) };
}

function parseWhole(text: string): PageUrl | null {
  const url = parseAbsolute(text);
  if (url === undefined) return null;
  const { host, pathname } = url;
  return {
    url: text,
    ...(host === "" ? {} : { host: cleanText(host, MAX_ID_LENGTH) }),
    path: cleanText(pathname, MAX_PATH_LENGTH) || "/",
    ...campaign(text, url.search),
  };
}

// `javascript:` and `data:` are URLs too, but no address of a page.
function parseAbsolute(text: string): URL | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? (URL.parse(cutText(text, MAX_READ_LENGTH)) ?? undefined) : undefined;
}

function campaign(text: string, written: string): Omit<PageUrl, "url" | "host" | "path"> {
  // Links are copied out of a page's source, too, where `&` is written so.
  const query = written.replaceAll("&amp;", "&");
  const isPaid = paidClick.test(query);
  return text.includes("utm") ? { isPaid, ...readCampaign(`&${query.slice(1)}`) } : { isPaid };
}

/**
 * The first value of each field, as URLSearchParams reads it. That one is not asked: it takes seconds for a query of 1 MB that
 * is nothing but `& & &`, and would decode what nobody asks for.
 */
function readCampaign(query: string): Pick<PageUrl, (typeof utmFields)[number]> {
  const found = new Map<string, string>();
  for (let at = query.indexOf("&utm"); at !== -1; at = query.indexOf("&utm", at + 1)) {
    utmParameter.lastIndex = at;
    const [start = "", name = ""] = utmParameter.exec(query) ?? [];
    if (name === "" || found.has(name)) continue;
    const end = query.indexOf("&", at + start.length);
    found.set(name, decode(query.slice(at + start.length, end === -1 ? undefined : end)));
  }
  const values = utmFields.map((field) => [field, found.get(field.slice(4)) ?? ""] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== ""));
}

function decode(value: string): string {
  const [text = ""] = new URLSearchParams(`=${value.slice(0, MAX_ENCODED_LENGTH)}`).values();
  return cleanText(text, MAX_ID_LENGTH);
}
