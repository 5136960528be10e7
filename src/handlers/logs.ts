/**
 * Lambda behind `POST /v1/logs` (OpenTelemetry), `/v1/logs/access` and `/v1/logs/app` (Fluent Bit, Vector, Fluentd). Shippers try again on few
 * answers and drop what was refused with any other, so there are few: 200, 503 with Retry-After for whatever may pass later, and
 * 400, 401, 403 or 413 for what never will.
 */
import { randomUUID } from "node:crypto";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { deliver, tryToKeep } from "../aws/deliver-collected.ts";
import { createQuickDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTableZone } from "../aws/dynamodb/table-zone.ts";
import { createFirehoseClient } from "../aws/firehose-client.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { answerLogs, collectLogs, mergeByStream, senderOf } from "../collect/logs.ts";
import { createRefusals, type Known } from "../collect/refusals.ts";
import { createKeyring, identify } from "../collect/write-key.ts";
import { logsConfig } from "../config.ts";
import { HttpError } from "../errors.ts";
import { withInvocation } from "../invocation.ts";
import { httpErrors } from "../middleware/http-errors.ts";
import { readPackedBody } from "../middleware/packed-body.ts";
import { readSender } from "../middleware/sender.ts";
import { unexpectedAsUnavailable } from "../middleware/unexpected-as-unavailable.ts";
import { remember } from "../remember.ts";
import { isLogRoute, logBodies } from "../sources/log-bodies.ts";
import { requireSameZone } from "../table/time-zone.ts";

const config = logsConfig();
const firehose = createFirehoseClient();
const secrets = { client: createSecretsManagerClient(), clock: () => Date.now() };
const trustedKey = createSecret({ ...secrets, id: config.trustedKeySecret });
const visitorSalt = createSecret({ ...secrets, id: config.visitorSaltSecret });
const tableZone = createTableZone({ ...config, client: createQuickDynamoDbClient(), clock: () => Date.now() });
void tableZone.read();
const refusals = createRefusals({
  keep: (records) => tryToKeep(firehose, config.rejectedStream, records),
  clock: () => Date.now(),
  timezone: config.timezone,
});
const keyringOf = remember(1, (trusted) => createKeyring([], trusted));

const answer = middy<APIGatewayProxyEventV2>()
  .use(httpErrors())
  .use(unexpectedAsUnavailable())
  .handler((event) => refusals.watch((known) => take(event, known)));

export const handler = withInvocation(answer);

async function take(event: APIGatewayProxyEventV2, known: Known) {
  const { routeKey, headers } = event;
  // What a shipper asks to see whether the door is there.
  if (!isLogRoute(routeKey)) return { statusCode: 200, headers: { "cache-control": "no-store" } };
  const { key: _, isKeyInUrl: _inUrl, origin, ...sender } = readSender(event, config.edge);
  const key = senderOf(event).key;
  const onFound = (app: string) => Object.assign(known, { app });
  const [caller, salt, zone] = await Promise.all([
    trustedKey.check((trusted) => identify(keyringOf(trusted), { key, isKeyInUrl: false, origin }, onFound)),
    visitorSalt.read(),
    tableZone.read(),
  ]);
  requireSameZone(config.timezone, zone, "take logs");
  const contentType = headers["content-type"] ?? "";
  const body = readPackedBody(event);
  const logs = { body, events: readEvents(routeKey, body, contentType), tag: senderOf(event).tag };
  const context = { ...config, visitorSalt: salt, now: Date.now(), newId: randomUUID };
  const collected = collectLogs(logs, { caller, ...sender }, context);
  for (const merged of mergeByStream(collected)) await deliver(firehose, merged, config.rejectedStream);
  return answerLogs(routeKey, contentType, collected);
}

function readEvents(routeKey: keyof typeof logBodies, body: Buffer, contentType: string): unknown[] {
  try {
    return logBodies[routeKey](body, contentType);
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    throw new HttpError(400, cause.message, { cause });
  }
}
