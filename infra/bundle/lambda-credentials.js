/**
 * Replaces the SDK's `@aws-sdk/credential-provider-node` in the bundles. Lambda gives a function its credentials in the
 * environment, so the providers for files, SSO, containers and instances would be loaded but never used.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
import { fromEnv } from "@aws-sdk/credential-provider-env";

/** What a client calls for its credentials. */
export const defaultProvider = (options) => fromEnv(options);
