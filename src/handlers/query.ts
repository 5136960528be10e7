/**
 * The Lambda behind the reading routes: metrics, live minutes and the pipeline's status, for callers who have the read
 * token.
 */
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { queryConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { headAnswers } from "../middleware/head-answers.ts";
import { httpErrors } from "../middleware/http-errors.ts";
import { jsonAnswer } from "../middleware/json-answer.ts";
import { readToken } from "../middleware/read-token.ts";
import { createQuery } from "../query/query.ts";
import { answerRoute } from "../query/routes.ts";
import { requireSameZone } from "../table/time-zone.ts";
import { queryOptions } from "../wiring/query-options.ts";

const { tableZone, token, ...options } = queryOptions(queryConfig());
const query = createQuery(options);
// Opened early, like the token and the zone are read, so that the first request finds an open connection to the table.
void query.warmUp();

const answer = middy<APIGatewayProxyEventV2>()
  .use(headAnswers())
  .use(httpErrors())
  .use(readToken(token))
  .handler(async ({ routeKey, pathParameters, rawQueryString }) => {
    requireSameZone(options.timezone, await tableZone.read(), "answer");
    const request = { metric: pathParameters?.metric ?? "", query: rawQueryString };
    const { status, body, headers } = await answerRoute(query, routeKey.replace(/^HEAD /, "GET "), request);
    return jsonAnswer(status, body, headers);
  });

export const handler = withInvocation(answer);
