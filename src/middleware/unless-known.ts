/** Answers 304 to whoever has the same answer already: an open page asks again and again, and most often nothing moved. */
import { hash } from "node:crypto";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** `known` is the request's `if-none-match`. */
export function unlessKnown(
  answer: APIGatewayProxyStructuredResultV2,
  known: string | undefined,
): APIGatewayProxyStructuredResultV2 {
  if (answer.statusCode !== 200) return answer;
  const etag = `"${hash("sha256", answer.body ?? "", "base64url").slice(0, 22)}"`;
  const headers = { ...answer.headers, etag };
  const isKnown = known?.split(",").some((one) => one.trim().replace(/^W\//, "") === etag);
  return isKnown ? { statusCode: 304, headers } : { ...answer, headers };
}
