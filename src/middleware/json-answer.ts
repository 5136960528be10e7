/** An answer with JSON, in the form that API Gateway expects. */
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** `body` as JSON with a status; it must not be cached unless `headers` say otherwise. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(body),
  };
}
