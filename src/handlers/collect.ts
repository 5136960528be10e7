/** Lambda behind `POST /v1/events` and `GET /v1/pixel.gif`: takes events and answers once Firehose has them. */
import { randomUUID } from "node:crypto";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { deliver, tryToKeep } from "../aws/deliver-collected.ts";
import { createQuickDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTableZone } from "../aws/dynamodb/table-zone.ts";
import { createFirehoseClient } from "../aws/firehose-client.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { createBudget, type Spender } from "../collect/budget.ts";
import { collect } from "../collect/collect.ts";
import { tooMuch } from "../collect/over-budget.ts";
import { pixelBody } from "../collect/pixel.ts";
import { createRefusals, type Known } from "../collect/refusals.ts";
import { createKeyring, identify } from "../collect/write-key.ts";
import { collectConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { log } from "../log.ts";
import { gifAnswers } from "../middleware/gif-answers.ts";
import { readBody } from "../middleware/http-body.ts";
import { httpErrors } from "../middleware/http-errors.ts";
import { jsonAnswer } from "../middleware/json-answer.ts";
import { readSender } from "../middleware/sender.ts";
import { remember } from "../remember.ts";
import { MAX_BODY_BYTES } from "../schemas/api/collect-request.ts";
import { addressOf } from "../sources/client-address.ts";
import { requireSameZone } from "../table/time-zone.ts";

const PIXEL = "GET /v1/pixel.gif";

const config = collectConfig();
const firehose = createFirehoseClient();
const secrets = { client: createSecretsManagerClient(), clock: () => Date.now() };
const trustedKey = createSecret({ ...secrets, id: config.trustedKeySecret });
const visitorSalt = createSecret({ ...secrets, id: config.visitorSaltSecret });
const tableZone = createTableZone({ ...config, client: createQuickDynamoDbClient(), clock: () => Date.now() });
// Asked for right away, as the secrets are, so that the first request waits less.
void tableZone.read();
const keyringWith = remember(1, (trusted) => createKeyring(config.apps, trusted));

const budget = createBudget(config.budget);
const refusals = createRefusals({
  keep: (records) => tryToKeep(firehose, config.rejectedStream, records),
  clock: () => Date.now(),
  timezone: config.timezone,
});

const answer = middy<APIGatewayProxyEventV2>()
  .use(gifAnswers(PIXEL))
  .use(httpErrors())
  .handler((event) => refusals.watch((known) => take(event, known)));

export const handler = withInvocation(answer);

async function take(event: APIGatewayProxyEventV2, known: Known) {
  const { key, isKeyInUrl, origin, ...sender } = readSender(event, config.edge);
  const onFound = (app: string) => Object.assign(known, { app });
  const [caller, salt, zone] = await Promise.all([
    trustedKey.check((trusted) => identify(keyringWith(trusted), { key, isKeyInUrl, origin }, onFound)),
    visitorSalt.read(),
    tableZone.read(),
  ]);
  // Its day would be another one. Whoever sends it keeps it, and tries again.
  requireSameZone(config.timezone, zone, "take events");
  const spender = caller.trusted ? undefined : { app: caller.app, address: addressOf(sender.address) ?? "" };
  if (spender) takeUp(spender, event);
  const body =
    event.routeKey === PIXEL ? pixelBody(event.rawQueryString, event.headers.referer) : readBody(event, MAX_BODY_BYTES);
  const context = { ...config, visitorSalt: salt, now: Date.now(), newId: randomUUID };
  const collected = collect({ body, caller, ...sender }, context);
  const { accepted, rejected } = collected.answer.body;
  if (spender) budget.spend(spender, accepted + rejected.length, Date.now());
  await deliver(firehose, collected, config.rejectedStream);
  return jsonAnswer(collected.answer.status, collected.answer.body);
}

/** Throws the 429 of a sender whose budget is used up. */
function takeUp(spender: Spender, { body = "", rawQueryString }: APIGatewayProxyEventV2): void {
  const refusal = budget.take(spender, body.length + rawQueryString.length, Date.now());
  if (refusal === undefined) return;
  if (refusal.isFirst) log.warn("An address has used up its budget", { app: spender.app, ...config.budget });
  throw tooMuch(config.budget, refusal.retryAfterSeconds);
}
