/** Reads the address of a page: host, path without query, and the parameters that campaigns add to links. */

import { cached } from "../../cache.ts";
import { hostName, pathName, writtenPathName } from "../../schemas/address-names.ts";
import { cleanText, cutText } from "../../schemas/clean-text.ts";
import { MAX_ID_LENGTH } from "../../schemas/events/fields.ts";

/**
 * Anything beyond this is not read: no browser sends that much, and all work on an address is limited to this length.
 */
export const MAX_READ_LENGTH = 8192;
/**
 * The longest encoded value of which something is stored: each UTF-16 unit takes at most nine characters (`%EC%B1%84`).
 */
const MAX_ENCODED_LENGTH = MAX_ID_LENGTH * 9;

const utmFields = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"] as const;
const utmParameter = /&utm(?:_|%5[Ff])(source|medium|campaign|term|content)(?:=|(?=&)|$)/y;
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
  const page = text.startsWith("/") ? parsePath(text) : parseWhole(text);
  return page && { ...page, url };
}

/** Links are also copied from a page's source, where `&` is `&amp;`, or a number whose `#` would begin a fragment. */
export function withNamedAmpersands(text: string): string {
  return text.includes("#") ? text.replace(/&(?:amp;)*#(?:0*38|x0*26);/gi, "&amp;") : text;
}

type Parts = Omit<PageUrl, "url">;

function parsePath(text: string): Parts {
  const address = text.replace(/#.*/s, "");
  const query = /\?.*/s.exec(address)?.[0] ?? "";
  return { path: writtenPathName(address), ...campaign(text, query) };
}

function parseWhole(text: string): Parts | null {
  const url = parseAbsolute(text);
  if (url === undefined) return null;
  const host = hostName(url.host);
  return {
    ...(host === "" ? {} : { host }),
    path: pathName(url.pathname) || "/",
    ...campaign(text, url.search),
  };
}

// `javascript:` and `data:` are URLs too, but not addresses of pages.
function parseAbsolute(text: string): URL | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? (URL.parse(cutText(text, MAX_READ_LENGTH)) ?? undefined) : undefined;
}

function campaign(text: string, written: string): Omit<Parts, "host" | "path"> {
  const query = written.replace(/&(?:amp(?:;|%3B))+/gi, "&");
  const isPaid = paidClick.test(query);
  return text.includes("utm") ? { isPaid, ...readCampaign(`&${query.slice(1)}`) } : { isPaid };
}

/**
 * The first value of each field, as URLSearchParams would read it. URLSearchParams itself takes seconds for a query of
 * 1 MB of nothing but `& & &`, and decodes values that nobody needs.
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
