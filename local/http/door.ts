/**
 * Who may call the HTTP port at all: everybody knows the keys of stage `local`, so a page opened in a browser on this
 * machine must not be able to use them. Programs send no origin, and pages cannot hide theirs when they set a header.
 */
import type { IncomingMessage } from "node:http";
import { createHostCheck } from "../endpoint/host-names.ts";

export type DoorOptions = { host: string; names?: readonly string[] };
/** Why a request is not admitted, as a sentence for its sender; undefined if it is. */
export type Door = (req: IncomingMessage) => string | undefined;

/**
 * Refuses foreign hosts, and pages of other origins that want to read. Collect decides by the key which pages may
 * write.
 */
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

/**
 * Reading needs the read token, which a page can send only in this header, and only after a preflight that asks for it.
 */
function wantsToRead({ headers }: IncomingMessage): boolean {
  const asked = headers["access-control-request-headers"] ?? "";
  return headers.authorization !== undefined || /(^|[\s,])authorization([\s,]|$)/i.test(asked);
}
