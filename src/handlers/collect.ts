/** The Lambda behind `POST /v1/events` and `GET /v1/pixel.gif`; src/collect/take-events.ts says what it does. */
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { noneAccepted } from "../collect/none-accepted.ts";
import { pixelBody, pixelSender } from "../collect/pixel.ts";
import { createTakeEvents } from "../collect/take-events.ts";
import { collectConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { gifAnswers } from "../middleware/gif-answers.ts";
import { readBody } from "../middleware/http-body.ts";
import { httpErrors } from "../middleware/http-errors.ts";
import { jsonAnswer } from "../middleware/json-answer.ts";
import { problemAnswer } from "../middleware/problem-answer.ts";
import { readSender } from "../middleware/sender.ts";
import { MAX_BODY_BYTES } from "../schemas/api/collect-request.ts";
import { collectOptions } from "../wiring/collect-options.ts";

const PIXEL = "GET /v1/pixel.gif";

const config = collectConfig();
const options = collectOptions(config);
const take = createTakeEvents({ ...options, trustedKey: options.secretOf(config.trustedKeySecret) });

const answer = middy<APIGatewayProxyEventV2>()
  .use(gifAnswers(PIXEL))
  .use(httpErrors())
  .handler(async (event) => {
    const { routeKey, rawQueryString: query, headers, body = "" } = event;
    const isPixel = routeKey === PIXEL;
    const sender = readSender(event, config.edge);
    const { status, body: answered } = await take({
      sender: isPixel ? pixelSender(sender) : sender,
      bytes: body.length + query.length,
      readBody: () => (isPixel ? pixelBody(query, headers.referer) : readBody(event, MAX_BODY_BYTES)),
    });
    if (status === 202) return jsonAnswer(status, answered);
    return problemAnswer("no_event_accepted", noneAccepted(answered), event, { extra: answered });
  });

export const handler = withInvocation(answer);
