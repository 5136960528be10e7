/**
 * The Lambda behind `GET /`, `/beacon.js`, `/openapi.json` and the demo: serves the files that were built into it, and
 * touches nothing else. Whatever no route takes comes here, too (route `$default`).
 */
import { siteFiles } from "built:site";
import { gunzipSync } from "node:zlib";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { siteConfig } from "../config.ts";
import { answerTo } from "../middleware/head-answers.ts";
import { problemAnswer } from "../middleware/problem-answer.ts";
import { refusalOf } from "../site/routes.ts";
import { answerWithFile, findFile, type SiteFile } from "../site/site.ts";

const has = siteConfig();

/** A request, as far as it is needed. */
type Asked = Pick<APIGatewayProxyEventV2, "rawPath" | "headers"> & Partial<APIGatewayProxyEventV2>;

export const handler = async (event: Asked): Promise<APIGatewayProxyStructuredResultV2> => {
  const method = event.requestContext?.http.method ?? "GET";
  const file = findFile(siteFiles, event.rawPath, has.demo);
  const isAnswered = file !== undefined && /^(GET|HEAD)$/.test(method);
  return answerTo(event, isAnswered ? answerFile(file, event) : refuse(event, method));
};

function answerFile(file: SiteFile, { headers }: Asked): APIGatewayProxyStructuredResultV2 {
  const answer = answerWithFile(file, { accepts: headers["accept-encoding"], has: headers["if-none-match"] });
  if (answer.status === 304) return { statusCode: 304, headers: answer.headers };
  const body = answer.encoding === "identity" ? unzip(file.gzip) : file[answer.encoding];
  return { statusCode: 200, headers: answer.headers, body, isBase64Encoded: true };
}

function refuse(event: Asked, method: string): APIGatewayProxyStructuredResultV2 {
  const { code, detail, headers } = refusalOf(method, event.rawPath, has);
  return code === undefined ? { statusCode: 204, headers } : problemAnswer(code, detail, event, { headers });
}

function unzip(gzip: string): string {
  return gunzipSync(Buffer.from(gzip, "base64")).toString("base64");
}
