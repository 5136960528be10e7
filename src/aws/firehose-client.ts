/** The SDK's client for Firehose, made cheap: collect sends one small call per request. */
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { leanSettings, spareSteps } from "./lean-client.ts";

/** A client that gives up a call after about 9 s: three attempts of at most 3 s. */
export function createFirehoseClient(): FirehoseClient {
  const requestHandler = { connectionTimeout: 2000, requestTimeout: 3000, throwOnRequestTimeout: true };
  return spareSteps(new FirehoseClient({ ...leanSettings, maxAttempts: 3, requestHandler }));
}
