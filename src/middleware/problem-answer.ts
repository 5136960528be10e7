/** An answer that says why a request is refused, as RFC 9457 says, in the form that API Gateway expects. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { type ProblemCode, problemOf, problems } from "../schemas/problems.ts";
import { jsonAnswer } from "./json-answer.ts";

type Options = { headers?: Record<string, string>; extra?: object };
/** The request, as far as it is known: a function may be invoked with anything. */
type Asked = { requestContext?: Partial<Pick<APIGatewayProxyEventV2["requestContext"], "requestId">> } | undefined;

/** `detail` says what was wrong this time; `extra` are members of this kind of problem. */
export function problemAnswer(
  code: ProblemCode,
  detail: string,
  asked: Asked,
  { headers = {}, extra = {} }: Options = {},
): APIGatewayProxyStructuredResultV2 {
  const body = problemOf(code, detail, asked?.requestContext?.requestId, extra);
  return jsonAnswer(problems[code].status, body, { "content-type": "application/problem+json", ...headers });
}
