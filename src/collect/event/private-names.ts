/** Tells parameters of an address that carry secrets or identify a person by their names, however these are written. */
import { byteOf, NO_CODE, PERCENT } from "../../schemas/percent-codes.ts";

const privateParameters = [
  ...["token", "accesstoken", "idtoken", "refreshtoken", "authtoken", "oauthtoken", "resettoken", "csrftoken", "jwt"],
  ...["password", "passwd", "pwd", "passphrase", "secret", "clientsecret", "apikey", "auth", "authorization", "otp"],
  ...["session", "sessionid", "sid", "phpsessid", "jsessionid"],
  ...["signature", "sig", "hmac", "credential", "credentials"],
  ...["xamzsignature", "xamzcredential", "xamzsecuritytoken", "xgoogsignature", "xgoogcredential"],
  ...["email", "mail", "emailaddress", "phone", "phonenumber", "tel", "mobile", "ssn", "rrn"],
  ...["ip", "ipaddress", "clientip", "remoteip", "remoteaddr"],
];

/** Names by their ends: what each may have before it, by the code of the byte. */
type Ends = { isName: boolean; before: Map<number, Ends> };

/**
 * A function that says whether a name is private. Capitals, spaces, `-` and `_` make no difference, nor do codes
 * (`%74oken`); of `user[email]`, `user.email` and `amp;email` the last part counts. `more` are names of further ones,
 * separated by commas.
 *
 * Names are read from their ends, only as far as a private one ends so: an address may have hundreds.
 */
export function privateNames(more: string): (name: string) => boolean {
  const names = [...privateParameters, ...more.split(",")];
  const ends: Ends = { isName: false, before: new Map() };
  for (const name of names) addName(ends, bytesOf(name));
  const needsBytes = names.some((name) => bytesOf(name) !== name);
  return (name) => isName(ends, needsBytes ? bytesOf(name) : name);
}

/** In UTF-8, each byte as the character with its code. */
function bytesOf(text: string): string {
  return isAscii.test(text) ? text : Buffer.from(text.toLowerCase()).toString("latin1");
}
const isAscii = /^[\0-\x7f]*$/;

function addName(ends: Ends, name: string): void {
  let end = ends;
  for (let at = name.length - 1; at >= 0; at--) {
    const letter = letters[name.charCodeAt(at)] ?? OTHER;
    if (letter === SKIPPED || (letter === SEPARATOR && end === ends)) continue;
    if (letter === SEPARATOR) break;
    const next = end.before.get(letter) ?? { isName: false, before: new Map() };
    end.before.set(letter, next);
    end = next;
  }
  end.isName = end !== ends;
}

function isName(ends: Ends, name: string): boolean {
  let end = ends;
  for (let at = name.length - 1; at >= 0; at--) {
    let unit = name.charCodeAt(at);
    if (at >= 2 && name.charCodeAt(at - 2) === PERCENT) {
      const byte = byteOf(name.charCodeAt(at - 1), unit);
      if (byte !== NO_CODE) {
        unit = byte;
        at -= 2;
      }
    }
    const letter = letters[unit] ?? OTHER;
    if (letter === SKIPPED || (letter === SEPARATOR && end === ends)) continue;
    if (letter === SEPARATOR) break;
    if (letter === SEMICOLON) return end.isName && ampersands.test(name.slice(0, at));
    const next = end.before.get(letter);
    if (next === undefined) return false;
    end = next;
  }
  return end.isName;
}

/** `&amp;` came with the name, up to its last semicolon. */
const ampersands = /^(?:amp(?:;|%3b))*amp$/i;

const SKIPPED = -1;
const SEPARATOR = -2;
const OTHER = -3;
const SEMICOLON = 0x3b;
/** Of each byte, the small letter, or what it does in a name. */
const letters = Int16Array.from({ length: 0x100 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  if (/[-_\s]/.test(char) && byte < 0x80) return SKIPPED;
  if (/[.[\]?]/.test(char)) return SEPARATOR;
  return byte < 0x80 ? char.toLowerCase().charCodeAt(0) : byte;
});
