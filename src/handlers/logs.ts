/**
 * The Lambda behind `POST /v1/logs` (OpenTelemetry), `/v1/logs/access` and `/v1/logs/app` (Fluent Bit, Vector,
 * Fluentd). What it does, and in which order, is in src/collect/logs/take-logs.ts.
 */
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { senderOf } from "../collect/logs/shipped-logs.ts";
import { createTakeLogs } from "../collect/logs/take-logs.ts";
import { logsConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { httpErrors } from "../middleware/http-errors.ts";
import { readPackedBody } from "../middleware/packed-body.ts";
import { readSender } from "../middleware/sender.ts";
import { unexpectedAsUnavailable } from "../middleware/unexpected-as-unavailable.ts";
import { isLogRoute } from "../sources/log-bodies.ts";
import { collectOptions } from "../wiring/collect-options.ts";

const config = logsConfig();
const options = collectOptions(config);
const take = createTakeLogs({ ...options, trustedKey: options.secretOf(config.trustedKeySecret) });

const answer = middy<APIGatewayProxyEventV2>()
  .use(httpErrors())
  .use(unexpectedAsUnavailable())
  .handler(async (event) => {
    const { routeKey: route, headers } = event;
    // Some shippers first send a request that only checks whether the endpoint is there.
    if (!isLogRoute(route)) return { statusCode: 200, headers: { "cache-control": "no-store" } };
    const { key, tag } = senderOf(event);
    const sender = { ...readSender(event, config.edge), key, isKeyInUrl: false };
    const contentType = headers["content-type"] ?? "";
    return take({ sender, tag, route, contentType, readBody: () => readPackedBody(event) });
  });

export const handler = withInvocation(answer);
