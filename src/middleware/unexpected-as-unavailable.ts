/**
 * For callers that drop what is answered with 500: an unexpected failure may go away, so it is answered with a 503,
 * which they retry.
 */
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { HttpError, UnavailableError } from "../errors.ts";

/** A middy middleware to be used after `httpErrors`, which then answers 503 with Retry-After and logs the cause. */
export function unexpectedAsUnavailable(): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    onError: (request) => {
      const { error } = request;
      if (error === null || error instanceof HttpError || error instanceof UnavailableError) return;
      request.error = new UnavailableError("Cannot take logs", { cause: error });
    },
  };
}
