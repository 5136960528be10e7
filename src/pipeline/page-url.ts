/** What stands in the address of a page: host, path without query, and what campaigns add to links. */
import { MAX_ID_LENGTH, MAX_PATH_LENGTH } from "../schemas/fields.ts";
import { cleanText } from "./clean-text.ts";
import { remember } from "./remember.ts";

const utmFields = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"] as const;
// What the large advertisers add to the links that somebody paid for.
const paidClick = /[?&](?:gclid|gbraid|wbraid|msclkid|dclid|yclid|ttclid|twclid|li_fat_id)=/;

export type PageUrl = { [F in (typeof utmFields)[number] | "host" | "path"]?: string } & {
  url: string;
  isPaid: boolean;
};

/** The parts of an absolute URL with an authority, or of a path that begins with `/`; null for any other text. */
export const parsePageUrl = remember(1000, parse);

/** The host of an address, `undefined` when it has none or is no address. */
export const hostOf = remember(1000, (url) => {
  const host = parseAbsolute(url)?.host;
  return host === undefined || host === "" ? null : cleanText(host, MAX_ID_LENGTH);
});

function parse(text: string): PageUrl | null {
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
    url: withoutPassword(url, text),
    ...(host === "" ? {} : { host: cleanText(host, MAX_ID_LENGTH) }),
    path: cleanText(pathname, MAX_PATH_LENGTH) || "/",
    ...campaign(text, url.search),
  };
}

// `javascript:` and `data:` are URLs too, but no address of a page.
function parseAbsolute(text: string): URL | undefined {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? (URL.parse(text) ?? undefined) : undefined;
}

function withoutPassword(url: URL, text: string): string {
  if (url.username === "" && url.password === "") return text;
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href;
}

function campaign(text: string, query: string): Omit<PageUrl, "url" | "host" | "path"> {
  const isPaid = paidClick.test(query);
  if (!text.includes("utm_")) return { isPaid };
  const params = new URLSearchParams(query);
  const found = utmFields.map((field) => [field, cleanText(params.get(field) ?? "", MAX_ID_LENGTH)] as const);
  return { isPaid, ...Object.fromEntries(found.filter(([, value]) => value !== "")) };
}
