/**
 * The Lambda behind `GET /`, `/beacon.js` and the demo: serves the files that were built into it, and touches nothing
 * else.
 */

import { siteFiles } from "built:site";
import { gunzipSync } from "node:zlib";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { siteConfig } from "../config.ts";
import { jsonAnswer } from "../middleware/json-answer.ts";
import { answerWithFile, findFile } from "../site/site.ts";

const { hasDemo } = siteConfig();

export const handler = async ({
  rawPath,
  headers,
}: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const file = findFile(siteFiles, rawPath, hasDemo);
  if (file === undefined) return jsonAnswer(404, { message: "Cannot find this page" });
  const answer = answerWithFile(file, { accepts: headers["accept-encoding"], has: headers["if-none-match"] });
  if (answer.status === 304) return { statusCode: 304, headers: answer.headers };
  const body = answer.encoding === "identity" ? unzip(file.gzip) : file[answer.encoding];
  return { statusCode: 200, headers: answer.headers, body, isBase64Encoded: true };
};

function unzip(gzip: string): string {
  return gunzipSync(Buffer.from(gzip, "base64")).toString("base64");
}
