/**
 * Replaces the SDK's cache of discovered endpoints in the bundles (infra/bundle/bundle-functions.js): DynamoDB's client
 * depends on it, and on two packages of its own, but does not use it unless endpoint discovery is turned on.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoint-discovery.html
 */
export class EndpointCache {}
