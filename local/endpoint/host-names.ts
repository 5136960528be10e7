/**
 * The names by which this machine may be called. If a page's own host name is redirected here (DNS rebinding), its
 * browser takes us for the same origin, and sends that name as the host: so names that were not configured are refused.
 * An address cannot be redirected.
 */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * Whether a request names a permitted host: a name or address of this machine itself, one of `names` (and their
 * subdomains), and, if `host`, the address listened on, is not only for this machine, any address.
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

/** The names of a list such as `daymark.internal, stats.example`. Throws for a name with a scheme, a port or a path. */
export function readHostNames(text = ""): string[] {
  const names = text.split(",").flatMap((name) => name.trim() || []);
  const wrong = names.find((name) => !/^[\w-]+(\.[\w-]+)*$/.test(name) && isIP(name) === 0);
  if (wrong === undefined) return names;
  throw new Error(`Cannot use DAYMARK_HOSTS=${text}: "${wrong}" is no name of a host, such as stats.example`);
}

/** The name or address that the caller used, without its port. */
function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? "").replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
}

function isLoopback(host: string): boolean {
  return /^((?:[\w-]+\.)*localhost|::1|127\.\d+\.\d+\.\d+)$/i.test(host);
}
