/**
 * Whether a request has a valid key, checked before its body is read: without one, its function is called without the
 * body, and refuses the request itself. API Gateway cannot do that (it passes on whole requests), but has capacity for
 * any number of them.
 */
import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { LambdaFunction } from "../cloudformation/template.ts";

type Request = { headers: IncomingHttpHeaders; query: string };
/**
 * An identifier for the key in a request; "" if the function takes none, undefined if the key is not one of the
 * function's.
 */
export type KeyFinder = (functionName: string, request: Request) => string | undefined;

const appsSchema = z.array(z.object({ key: z.string() }));

/**
 * Knows the keys of the functions that take events, from their environments. `secret` returns a secret's current value.
 */
export function createKeyFinder(functions: readonly LambdaFunction[], secret: (id: string) => string): KeyFinder {
  const takers = new Map(
    functions.flatMap(({ name, environment: { APPS = "[]", TRUSTED_KEY_SECRET } }) => {
      if (TRUSTED_KEY_SECRET === undefined) return [];
      const keys = appsSchema.parse(JSON.parse(APPS)).map(({ key }) => digest(key));
      return [[name, { keys, trusted: TRUSTED_KEY_SECRET }] as const];
    }),
  );
  return (functionName, request) => {
    const taker = takers.get(functionName);
    if (taker === undefined) return "";
    // The trusted key can change at any time.
    const known = [...taker.keys, digest(secret(taker.trusted))];
    const brought = keysIn(request).map(digest);
    const found = known.findIndex((key) => brought.some((one) => timingSafeEqual(one, key)));
    return found === -1 ? undefined : `key ${found}`;
  };
}

/**
 * Keys in every possible position: the function decides which of them counts. Authorization is read as in
 * `src/collect/logs/shipped-logs.ts`; no value of src is imported here.
 */
function keysIn({ headers, query }: Request): string[] {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  const isBasic = scheme.toLowerCase() === "basic";
  const authorized = isBasic
    ? Buffer.from(value, "base64")
        .toString("utf8")
        .replace(/^[^:]*:/, "")
    : value;
  const inQuery = query === "" ? [] : new URLSearchParams(query).getAll("key");
  return [...[headers["x-write-key"] ?? []].flat(), ...inQuery, authorized].filter((key) => key !== "").slice(0, 4);
}

function digest(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
