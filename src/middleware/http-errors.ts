/** Turns whatever a handler throws into the caller's answer; this is the only place that decides it. */
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { HttpError, UnavailableError } from "../errors.ts";
import { log } from "../log.ts";
import { jsonAnswer } from "./json-answer.ts";

/**
 * A middy middleware. Our own errors are answered with their status; any other error is logged, and answered with a 500
 * that says nothing.
 */
export function httpErrors(): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError: (request) => {
      request.response = answerError(request.error, request.event?.routeKey);
    },
  };
}

function answerError(error: unknown, route: string | undefined): APIGatewayProxyStructuredResultV2 {
  if (error instanceof HttpError) return jsonAnswer(error.status, error.body, error.headers);
  if (error instanceof UnavailableError) {
    log.error(error.message, { route, error });
    const headers = { "retry-after": String(error.retryAfterSeconds) };
    return jsonAnswer(503, { message: "Cannot take this at the moment: try again later" }, headers);
  }
  log.error("Cannot answer a request", { route, error });
  return jsonAnswer(500, { message: "Cannot answer: internal error" });
}
