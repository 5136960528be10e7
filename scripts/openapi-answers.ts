/** Answers as the OpenAPI document describes them. */
import { type Json, ref } from "./openapi-schemas.ts";

const json = (schema: Json) => ({ "application/json": { schema } });

export const answer = (description: string, schema: Json, headers?: Json) => ({
  description,
  ...(headers && { headers }),
  content: json(schema),
});

/** A refusal, as a problem of RFC 9457; `schema` where it has members of its own. */
export const refusal = (description: string, headers?: Json, schema = ref("Problem")) => ({
  description,
  ...(headers && { headers }),
  content: { "application/problem+json": { schema } },
});

/** Each operation of GET, and the same of HEAD, which answers without a body. */
export function withHead(paths: Record<string, { get: Operation }>): Json {
  return Object.fromEntries(Object.entries(paths).map(([path, { get }]) => [path, { get, head: headOf(get) }]));
}

type Operation = Json & { operationId: string; summary: string; responses: object };

function headOf({ operationId, responses, ...rest }: Operation): Operation {
  const bare = Object.entries(responses).map(([status, { content: _, ...response }]) => [status, response]);
  return {
    ...rest,
    operationId: `${operationId}Head`,
    description: "The headers of what GET answers.",
    responses: Object.fromEntries(bare),
  };
}

export const retryAfter = { "retry-after": { description: "Seconds to wait", schema: { type: "integer" } } };
