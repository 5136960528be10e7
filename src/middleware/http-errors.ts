/** Turns whatever a handler throws into the caller's answer; this is the only place that decides it. */
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { HttpError, UnavailableError } from "../errors.ts";
import { log } from "../log.ts";
import { problemAnswer } from "./problem-answer.ts";

/**
 * A middy middleware. Our own errors are answered with their status; any other error is logged, and answered with a 500
 * that says nothing.
 */
export function httpErrors(): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError: (request) => {
      request.response = answerError(request.error, request.event);
    },
  };
}

function answerError(error: unknown, event: APIGatewayProxyEventV2 | undefined): APIGatewayProxyStructuredResultV2 {
  if (error instanceof HttpError) return problemAnswer(error.code, error.message, event, { headers: error.headers });
  const route = event?.routeKey;
  if (error instanceof UnavailableError) {
    log.error(error.message, { route, error });
    const headers = { "retry-after": String(error.retryAfterSeconds) };
    return problemAnswer("unavailable", "Cannot take this at the moment: try again later", event, { headers });
  }
  log.error("Cannot answer a request", { route, error });
  return problemAnswer("internal_error", "Cannot answer: internal error", event);
}
