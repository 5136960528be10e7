/** HEAD is answered like GET, without the body. https://www.rfc-editor.org/rfc/rfc9110#name-head */
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

type Asked = { requestContext?: { http?: { method?: string } } } | undefined;

/** A middy middleware. Add it first, so that it runs after every other one. */
export function headAnswers(): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  const strip: NonNullable<ReturnType<typeof headAnswers>["after"]> = (request) => {
    if (request.response) request.response = answerTo(request.event, request.response);
  };
  return { after: strip, onError: strip };
}

/** What a request is answered, of an answer to GET. */
export function answerTo(event: Asked, answer: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 {
  if (event?.requestContext?.http?.method !== "HEAD") return answer;
  const { body: _, isBase64Encoded: __, ...head } = answer;
  return head;
}
