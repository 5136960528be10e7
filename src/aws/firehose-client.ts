/**
 * The SDK's client for Firehose, made cheap: collect sends one small call for each request, and most of what a request costs
 * is that call. Measured at one event a request, these settings take a third of the SDK's own time away.
 */
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { Sha256 } from "./sha256.ts";

// What only describes the caller: the SDK's version, a log that is off, Lambda loops that Firehose cannot be part of.
const spared = ["getUserAgentMiddleware", "loggerMiddleware", "recursionDetectionMiddleware"];

/** A client that gives up a call after about 9 s: three attempts of at most 3 s. */
export function createFirehoseClient(): FirehoseClient {
  const client = new FirehoseClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 3000, throwOnRequestTimeout: true },
    sha256: Sha256,
    // The chain of steps is built once and not for each call; it holds only without options for single calls.
    cacheMiddleware: true,
  });
  for (const name of spared) client.middlewareStack.remove(name);
  return client;
}
