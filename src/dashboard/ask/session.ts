/** Signing in and out, and what the address of a shared link says. */
import type { Link } from "./client.ts";

/** Whether the token was right; then this browser has a session. Rejects if there was no answer. */
export async function signIn(token: string): Promise<boolean> {
  const { ok, status } = await fetch("/v1/session", { method: "POST", headers: { authorization: `Bearer ${token}` } });
  if (!ok && status !== 401) throw new Error(`The answer was ${status}`);
  return ok;
}

/** Ends the session, on the server too. */
export async function signOut(): Promise<void> {
  await fetch("/v1/session", { method: "DELETE" }).catch(() => {});
}

/** The link that this page was opened by; undefined on the dashboard itself. What it may show, the API decides. */
export function linkIn({ pathname, hash }: { pathname: string; hash: string }): Link | undefined {
  if (pathname !== "/share") return undefined;
  const token = hash.slice(1).replace(/[^\w.-]/g, "");
  try {
    const scope = token.replace(/^share_/, "").split(".")[0] ?? "";
    const bytes = Uint8Array.from(atob(scope.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const { where } = JSON.parse(new TextDecoder().decode(bytes));
    return { token, where };
  } catch {
    return { token: "none", where: {} };
  }
}
