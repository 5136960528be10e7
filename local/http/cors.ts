/**
 * CORS as an HTTP API answers it from its own configuration, without calling a function.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
import type { Cors } from "../cloudformation/template.ts";

type Headers = Record<string, string>;
export type CorsAnswers = {
  /** The headers for a preflight's answer; undefined if the origin is not allowed. */
  preflight: (origin: string) => Headers | undefined;
  /** The headers to add to any other answer. */
  answer: (origin: string) => Headers | undefined;
};

/** Answers for the configured origins; undefined if the API has no CORS. */
export function createCors(cors: Cors | undefined): CorsAnswers | undefined {
  if (!cors) return undefined;
  const isAllowed = (origin: string): boolean => cors.allowOrigins.includes("*") || cors.allowOrigins.includes(origin);
  const origins = (origin: string): Headers => ({
    "access-control-allow-origin": cors.allowOrigins.includes("*") ? "*" : origin,
  });
  const exposed: Headers =
    cors.exposeHeaders.length === 0 ? {} : { "access-control-expose-headers": cors.exposeHeaders.join(",") };
  const permitted: Headers = {
    "access-control-allow-methods": cors.allowMethods.join(","),
    "access-control-allow-headers": cors.allowHeaders.join(","),
    "access-control-max-age": String(cors.maxAge),
  };
  return {
    preflight: (origin) => (isAllowed(origin) ? { ...origins(origin), ...permitted } : undefined),
    answer: (origin) => (isAllowed(origin) ? { ...origins(origin), ...exposed } : undefined),
  };
}
