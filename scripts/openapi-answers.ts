/** Answers as the OpenAPI document describes them. */
import { type Json, ref } from "./openapi-schemas.ts";

const json = (schema: Json) => ({ "application/json": { schema } });

export const answer = (description: string, schema: Json, headers?: Json) => ({
  description,
  ...(headers && { headers }),
  content: json(schema),
});

export const refusal = (description: string, headers?: Json) => answer(description, ref("Error"), headers);

export const retryAfter = { "retry-after": { description: "Seconds to wait", schema: { type: "integer" } } };
