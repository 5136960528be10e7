/**
 * Stands in for the SDK's cache of discovered endpoints when functions are bundled (infra/bundle/bundle-functions.js): DynamoDB's client brings
 * it along, with two packages of its own, and asks it for nothing unless endpoint discovery is turned on.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoint-discovery.html
 */
export class EndpointCache {}
