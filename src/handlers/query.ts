/** The Lambda behind the reading routes (metrics, live minutes, status), and those of sessions and shared links. */
import { randomBytes } from "node:crypto";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { queryConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { headAnswers } from "../middleware/head-answers.ts";
import { readBody } from "../middleware/http-body.ts";
import { httpErrors } from "../middleware/http-errors.ts";
import { jsonAnswer } from "../middleware/json-answer.ts";
import { unlessKnown } from "../middleware/unless-known.ts";
import { answerRequest } from "../query/answer-request.ts";
import { createQuery } from "../query/query.ts";
import { createAccessList } from "../table/access-list.ts";
import { requireSameZone } from "../table/time-zone.ts";
import { queryOptions } from "../wiring/query-options.ts";

const { tableZone, ...options } = queryOptions(queryConfig());
const query = createQuery(options);
const access = createAccessList(options.table, options.clock);
const newId = () => randomBytes(16).toString("base64url");
const check = async () => requireSameZone(options.timezone, await tableZone.read(), "answer");
// Opened early, like the token and the zone are read, so that the first request finds an open connection to the table.
void query.warmUp();

const answer = middy<APIGatewayProxyEventV2>()
  .use(headAnswers())
  .use(httpErrors())
  .handler(async (event) => {
    const { routeKey, pathParameters, rawQueryString, headers, cookies } = event;
    const { metric = "", share = "" } = pathParameters ?? {};
    const sender = { method: routeKey.split(" ")[0] ?? "", headers, cookies, body: () => readBody(event, 4096) };
    const request = { ...sender, routeKey, metric, share, query: rawQueryString };
    const { status, body, ...more } = await answerRequest(request, { ...options, query, access, newId, check });
    return unlessKnown({ ...more, ...jsonAnswer(status, body, more.headers) }, headers["if-none-match"]);
  });

export const handler = withInvocation(answer);
