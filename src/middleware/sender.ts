/** What a request says about its sender: the key and where it was, origin, address, user agent, languages, country,
 * and whether it imports. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";

/**
 * What is in front of the API and may say who the viewer is: nothing, or CloudFront, which overwrites whatever the
 * viewer sent.
 */
export type Edge = "none" | "cloudfront";

/**
 * Reads the sender. Behind CloudFront that is the viewer, not the edge; without CloudFront, anyone could forge its
 * headers.
 */
export function readSender(event: APIGatewayProxyEventV2, edge: Edge) {
  const { headers, queryStringParameters, requestContext } = event;
  const { sourceIp, userAgent } = requestContext.http;
  const viewer = (name: string) => (edge === "cloudfront" ? headers[`cloudfront-viewer-${name}`] : undefined);
  const country = viewer("country");
  const inHeader = headers["x-write-key"];
  return {
    source: headers["x-daymark-source"] === "import" ? ("import" as const) : undefined,
    key: inHeader ?? queryStringParameters?.key,
    isKeyInUrl: inHeader === undefined,
    origin: headers.origin,
    // `address:port`; an IPv6 address has no brackets.
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
    address: viewer("address")?.replace(/:\d+$/, "") ?? sourceIp,
    userAgent: headers["user-agent"] ?? userAgent ?? "",
    acceptLanguage: headers["accept-language"] ?? "",
    country: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
  };
}
