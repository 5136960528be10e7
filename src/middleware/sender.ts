/** What a request says of its sender: key, origin, address, user agent, country. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";

export type Sender = {
  key: string | undefined;
  origin: string | undefined;
  address: string;
  userAgent: string;
  country: string | undefined;
};

/** Reads the sender. Behind CloudFront it is the viewer, not the edge, who counts; its headers are there if it is told to send them. */
export function readSender({ headers, queryStringParameters, requestContext }: APIGatewayProxyEventV2): Sender {
  const { sourceIp, userAgent } = requestContext.http;
  const country = headers["cloudfront-viewer-country"];
  return {
    key: headers["x-write-key"] ?? queryStringParameters?.key,
    origin: headers.origin,
    // `address:port`, an IPv6 address without brackets.
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
    address: headers["cloudfront-viewer-address"]?.replace(/:\d+$/, "") ?? sourceIp,
    userAgent: headers["user-agent"] ?? userAgent ?? "",
    country: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
  };
}
