/** Only callers with the read token may read: `authorization: Bearer <token>`. */
import { hash, timingSafeEqual } from "node:crypto";
import type { MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { HttpError } from "../errors.ts";

/** Calls `use` with the token, and again with a newer one if that throws an HttpError 401. */
type Token = { check(use: (token: string) => void): Promise<void> };

/** A middy middleware that throws an HttpError 401 unless the request has the token. */
export function readToken(token: Token): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2> {
  return {
    before: async ({ event }) => {
      const given = /^Bearer +(\S+) *$/i.exec(event.headers.authorization ?? "")?.[1];
      if (given === undefined) throw refusal("");
      const bytes = digest(given);
      await token.check((wanted) => {
        // Digests have equal lengths, so comparing them reveals nothing about the token's length.
        if (!timingSafeEqual(bytes, digest(wanted))) throw refusal(', error="invalid_token"');
      });
    },
  };
}

function refusal(error: string): HttpError {
  return new HttpError("wrong_read_token", "Reading needs the header authorization: Bearer <read token>", {
    headers: { "www-authenticate": `Bearer realm="daymark"${error}` },
  });
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
