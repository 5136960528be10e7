/**
 * By which names this machine may be called. A page whose own name was made to lead here (DNS rebinding) is to its browser of one
 * origin with us, and says its own name as the host: so a name that nobody gave us is refused. An address cannot be made to lead
 * elsewhere.
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Whether a request names a host that may be called here: a name or an address of this machine itself, one of `names` (and what
 * is below it), and any address where `host`, which is listened on, is not for this machine alone.
 */
export function createHostCheck(host: string, names: readonly string[] = []): (req: IncomingMessage) => boolean {
  const own = new Set([...names, ...(isLoopback(host) ? [] : [host])].map((name) => name.toLowerCase()));
  return (req) => {
    const called = hostOf(req).toLowerCase();
    if (isLoopback(called) || own.has(called)) return true;
    if (isIP(called) !== 0) return !isLoopback(host);
    return [...own].some((name) => called.endsWith(`.${name}`));
  };
}

/** The names of a list such as `daymark.internal, stats.example`. Throws for one with a scheme, a port or a path. */
export function readHostNames(text = ""): string[] {
  const names = text.split(",").flatMap((name) => name.trim() || []);
  const wrong = names.find((name) => !/^[\w-]+(\.[\w-]+)*$/.test(name) && isIP(name) === 0);
  if (wrong === undefined) return names;
  throw new Error(`Cannot use DAYMARK_HOSTS=${text}: "${wrong}" is no name of a host, such as stats.example`);
}

/** The name or address that the caller has called, without its port. */
function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? "").replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
}

function isLoopback(host: string): boolean {
  return /^((?:[\w-]+\.)*localhost|::1|127\.\d+\.\d+\.\d+)$/i.test(host);
}
