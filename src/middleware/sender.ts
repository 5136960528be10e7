/** What a request says of its sender: key and where it stood, origin, address, user agent, languages, country. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** Who stands in front of the API and may say who the viewer is: nobody, or CloudFront, which replaces what the viewer sent. */
export type Edge = "none" | "cloudfront";

/** Reads the sender. Behind CloudFront it is the viewer, not the edge, who counts; without it, anybody could write its headers. */
export function readSender(event: APIGatewayProxyEventV2, edge: Edge) {
  const { headers, queryStringParameters, requestContext } = event;
  const { sourceIp, userAgent } = requestContext.http;
  const viewer = (name: string) => (edge === "cloudfront" ? headers[`cloudfront-viewer-${name}`] : undefined);
  const country = viewer("country");
  const inHeader = headers["x-write-key"];
  return {
    key: inHeader ?? queryStringParameters?.key,
    isKeyInUrl: inHeader === undefined,
    origin: headers.origin,
    // `address:port`, an IPv6 address without brackets.
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
    address: viewer("address")?.replace(/:\d+$/, "") ?? sourceIp,
    userAgent: headers["user-agent"] ?? userAgent ?? "",
    acceptLanguage: headers["accept-language"] ?? "",
    country: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
  };
}
