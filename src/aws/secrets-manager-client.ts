/** The SDK's client for Secrets Manager, for which a request may have to wait. */
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { leanSettings, spareSteps } from "./lean-client.ts";

/** A client that gives up a call after about 3 s: two attempts of at most 1.5 s. */
export function createSecretsManagerClient(): SecretsManagerClient {
  const requestHandler = { connectionTimeout: 1000, requestTimeout: 1500, throwOnRequestTimeout: true };
  return spareSteps(new SecretsManagerClient({ ...leanSettings, maxAttempts: 2, requestHandler }));
}
