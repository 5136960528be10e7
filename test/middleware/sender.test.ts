import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { type Edge, readSender } from "../../src/middleware/sender.ts";

const read = (edge: Edge, headers: Record<string, string>, query: Record<string, string> = {}) =>
  readSender(
    {
      headers,
      queryStringParameters: query,
      requestContext: { http: { sourceIp: "203.0.113.7", userAgent: "agent" } },
    } as unknown as APIGatewayProxyEventV2,
    edge,
  );
const viewer = { "cloudfront-viewer-country": "KR", "cloudfront-viewer-address": "198.51.100.1:4711" };

describe("who sends", () => {
  test("is who calls, whatever headers say of a viewer, where no edge is in front", () => {
    expect(read("none", viewer)).toMatchObject({ address: "203.0.113.7", country: undefined });
  });

  test("is the viewer whom CloudFront names, where the stage says that it is in front", () => {
    expect(read("cloudfront", viewer)).toMatchObject({ address: "198.51.100.1", country: "KR" });
    const six = { "cloudfront-viewer-address": "2001:db8::7:49152" };
    expect(read("cloudfront", six)).toMatchObject({ address: "2001:db8::7", country: undefined });
    expect(read("cloudfront", {})).toMatchObject({ address: "203.0.113.7", country: undefined });
  });

  test("has the languages of the browser, whoever is in front", () => {
    const headers = { "accept-language": "ko-KR,ko;q=0.9" };
    const languages = [read("none", headers), read("cloudfront", headers), read("none", {})];
    expect(languages.map(({ acceptLanguage }) => acceptLanguage)).toEqual(["ko-KR,ko;q=0.9", "ko-KR,ko;q=0.9", ""]);
  });

  test("says where the key stood", () => {
    expect(read("none", { "x-write-key": "a" }, { key: "b" })).toMatchObject({ key: "a", isKeyInUrl: false });
    expect(read("none", {}, { key: "b" })).toMatchObject({ key: "b", isKeyInUrl: true });
  });
});
