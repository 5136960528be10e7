/**
 * Who may ask the HTTP port anything: stage `local` has keys that everybody knows, so a page that somebody opens in a browser of
 * this machine must not be able to use them. Programs say no origin, and pages cannot hide theirs where they set a header.
 */
import type { IncomingMessage } from "node:http";
import { createHostCheck } from "../endpoint/host-names.ts";

export type DoorOptions = { host: string; names?: readonly string[] };
/** Why a request is not let in, in a sentence for whoever sent it; undefined when it is. */
export type Door = (req: IncomingMessage) => string | undefined;

/** A door that refuses foreign hosts, and pages of other origins that would read. Which page may write, collect decides by the key. */
export function createDoor({ host, names }: DoorOptions): Door {
  const isOwnHost = createHostCheck(host, names);
  return (req) => {
    if (!isOwnHost(req))
      return "This is not the host that was called; DAYMARK_HOSTS says by which other names it may be";
    if (isOfOtherPage(req) && wantsToRead(req)) return "Pages of other origins may not read here";
    return undefined;
  };
}

function isOfOtherPage({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

/** Reading needs the read token, which a page can only send in this header, and only after a preflight that asks for it. */
function wantsToRead({ headers }: IncomingMessage): boolean {
  const asked = headers["access-control-request-headers"] ?? "";
  return headers.authorization !== undefined || /(^|[\s,])authorization([\s,]|$)/i.test(asked);
}
