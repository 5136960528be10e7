/**
 * The answers of a pixel: mail programs and pages without scripts need an image, whatever became of the event. The
 * status stays the same, and the header `x-daymark-error` says what was wrong.
 */
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

const transparentGif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

/**
 * A middy middleware for one route (`GET /v1/pixel.gif`). Add it before the middleware that answers errors, so that it
 * runs after that.
 */
export function gifAnswers(route: string): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  const toGif: NonNullable<ReturnType<typeof gifAnswers>["after"]> = (request) => {
    if (request.event.routeKey === route && request.response) request.response = asGif(request.response);
  };
  return { after: toGif, onError: toGif };
}

function asGif({ statusCode = 200, headers = {}, body = "" }: APIGatewayProxyStructuredResultV2) {
  const isAccepted = statusCode < 300;
  const error = isAccepted ? {} : { "x-daymark-error": headerText(messageOf(body)) };
  return {
    statusCode: isAccepted ? 200 : statusCode,
    headers: { ...headers, ...error, "content-type": "image/gif", "cache-control": "no-store, max-age=0" },
    body: transparentGif,
    isBase64Encoded: true,
  };
}

function messageOf(body: string): string {
  const answer = JSON.parse(body);
  const first = answer.rejected?.[0]?.errors?.[0];
  return first === undefined ? String(answer.detail) : `${first.path}: ${first.message}`;
}

/** Visible ASCII only, as a header must be. https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 200);
}
