/**
 * Removes from a URL what should not be stored: credentials (`https://name:password@…`), and the values of parameters
 * that carry secrets or identify a person, in the query and after `#`, where some sign-in pages put theirs.
 */
import { cached } from "../../cache.ts";
import { cutText } from "../../schemas/clean-text.ts";
import { withoutSessions } from "../../schemas/path-sessions.ts";
import { MAX_READ_LENGTH, withNamedAmpersands } from "./page-url.ts";

/**
 * Names are compared in lower case and without `-` and `_`; of `user[email]` and `user.email` the last part is
 * compared.
 */
const privateParameters = [
  ...["token", "accesstoken", "idtoken", "refreshtoken", "authtoken", "oauthtoken", "resettoken", "csrftoken", "jwt"],
  ...["password", "passwd", "pwd", "passphrase", "secret", "clientsecret", "apikey", "auth", "authorization", "otp"],
  ...[
    "session",
    "sessionid",
    "sid",
    "phpsessid",
    "jsessionid",
    "signature",
    "sig",
    "hmac",
    "credential",
    "credentials",
  ],
  ...["xamzsignature", "xamzcredential", "xamzsecuritytoken", "xgoogsignature", "xgoogcredential"],
  ...["email", "mail", "emailaddress", "phone", "phonenumber", "tel", "mobile", "ssn", "rrn"],
  ...["ip", "ipaddress", "clientip", "remoteip", "remoteaddr"],
];

/** A function that cleans addresses; `more` are names of further parameters to cut, separated by commas. */
export const addressCleaner = cached(4, (more: string) => {
  const cut = new Set([...privateParameters, ...more.split(",").map(plainName)]);
  cut.delete("");
  return cached(1000, (address) => cleanAddress(address, cut));
});

// Browsers take one slash, none or backslashes for two behind the schemes of the web.
// https://url.spec.whatwg.org/#special-authority-ignore-slashes-state
const login = /^([\0- ]*(?:(?:https?|wss?|ftp):[\\/]*|(?:[a-z][a-z0-9+.-]*:)?\/\/))[^/\\?#]*@/i;

/**
 * What is stored of a target: of an address what is stored of any, and of a file that is inside its address (`data:`,
 * `blob:`) only that it was one. Any other text stays as it is.
 */
export function cleanTarget(target: string, clean: (address: string) => string): string {
  const file = /^(data|blob|javascript):(?=\S)/i.exec(target)?.[0];
  return file?.toLowerCase() ?? (/^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? clean(target) : target);
}

function cleanAddress(address: string, cut: ReadonlySet<string>): string {
  const read = withNamedAmpersands(cutText(address, MAX_READ_LENGTH));
  const text = withoutSessions(read.replace(login, "$1"));
  const hash = text.indexOf("#");
  if (hash === -1) return cutBehind("?", text, cut);
  const fragment = text.slice(hash);
  // Some routers put a path with a query there: `#/reset?token=…`.
  const cleaned = fragment.includes("?") ? cutBehind("?", fragment, cut) : cutBehind("#", fragment, cut);
  return cutBehind("?", text.slice(0, hash), cut) + cleaned;
}

function cutBehind(mark: "?" | "#", text: string, cut: ReadonlySet<string>): string {
  const at = text.indexOf(mark);
  return at === -1 ? text : text.slice(0, at) + cutParameters(text.slice(at), cut);
}

/** Further parameters of an address are cut, because to tell whether one is private takes longer than what else is done. */
const MAX_PARAMETERS = 50;

/** The parameters after `?` or `#`; the mark itself is dropped when no parameter is left. */
function cutParameters(text: string, cut: ReadonlySet<string>): string {
  const pairs = text.slice(1).split("&", MAX_PARAMETERS + 1);
  const rest = pairs.slice(0, MAX_PARAMETERS).filter((pair) => !isPrivate(pair, cut));
  if (rest.length === pairs.length) return text;
  return rest.length === 0 ? "" : `${text[0]}${rest.join("&")}`;
}

function isPrivate(pair: string, cut: ReadonlySet<string>): boolean {
  const end = pair.indexOf("=");
  if (end === -1) return false;
  const name = pair.slice(0, end);
  if (isPlain.test(name)) return cut.has(name);
  return name.length <= LONGEST_NAME && cut.has(plainName(decode(name)));
}

const isPlain = /^[a-z\d]*$/;

/** Longer names are not checked. */
const LONGEST_NAME = 200;

function plainName(name: string): string {
  const last = /([^.[\]?]+)\]*$/.exec(name.replace(/^(?:amp;)+/i, ""))?.[1] ?? "";
  return last.replace(/[-_\s]/g, "").toLowerCase();
}

/** As it is, if it cannot be decoded. */
function decode(name: string): string {
  return name.includes("%") && isDecodable.test(name) ? decodeURIComponent(name) : name;
}

const more = "%[89ab][\\da-f]";
/**
 * Escapes of UTF-8 (https://www.rfc-editor.org/rfc/rfc3629#section-4). To throw an error, as decodeURIComponent does for
 * others, takes as long as ten names.
 */
const isDecodable = new RegExp(
  `^(?:[^%]|%[0-7][\\da-f]|%(?:c[2-9a-f]|d[\\da-f])${more}|%e0%[ab][\\da-f]${more}|%ed%[89][\\da-f]${more}|%e[1-9a-cef]${more}${more}|` +
    `%f0%[9ab][\\da-f]${more}${more}|%f[1-3]${more}${more}${more}|%f4%8[\\da-f]${more}${more})*$`,
  "is",
);
