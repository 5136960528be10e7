/** Lets only those read who know the read token: `authorization: Bearer <token>`. */
import { hash, timingSafeEqual } from "node:crypto";
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { HttpError } from "../errors.ts";

/** A middy middleware that throws an HttpError 401 unless the request brings the token. */
export function readToken(token: string): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  const wanted = digest(token);
  return {
    before: ({ event }) => {
      const given = /^Bearer +(\S+) *$/i.exec(event.headers.authorization ?? "")?.[1];
      // Digests have one length, so comparing them says nothing of the token's.
      if (given !== undefined && timingSafeEqual(digest(given), wanted)) return;
      const error = given === undefined ? "" : ', error="invalid_token"';
      throw new HttpError(401, "Reading needs the header authorization: Bearer <read token>", {
        headers: { "www-authenticate": `Bearer realm="daymark"${error}` },
      });
    },
  };
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
