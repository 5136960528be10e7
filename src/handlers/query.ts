/**
 * The Lambda behind the reading routes: metrics, live minutes and the pipeline's status, for callers who have the read
 * token.
 */
import { AthenaClient } from "@aws-sdk/client-athena";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { createAthena } from "../aws/athena.ts";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { queryConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { reporter } from "../log.ts";
import { catalog } from "../metrics/catalog.ts";
import { httpErrors } from "../middleware/http-errors.ts";
import { jsonAnswer } from "../middleware/json-answer.ts";
import { readToken } from "../middleware/read-token.ts";
import { createQuery } from "../query/query.ts";
import { answerRoute } from "../query/routes.ts";
import { createTableZone, requireSameZone } from "../table/time-zone.ts";

const { workgroup: workGroup, database, timezone, readTokenSecret, table: name } = queryConfig();
const clock = () => Date.now();
const token = createSecret({ client: createSecretsManagerClient(), id: readTokenSecret, clock });
const table = createTable({ client: createDynamoDbClient(), table: name });
const athena = createAthena({ client: new AthenaClient({}), workGroup, database, clock });
const options = { ...reporter, table, athena, catalog, timezone, clock };
const tableZone = createTableZone(options);
const query = createQuery(options);
// Read right away, like the token: the first request then also finds an open connection to the table.
void tableZone.read();
void query.warmUp();

const answer = middy<APIGatewayProxyEventV2>()
  .use(httpErrors())
  .use(readToken(token))
  .handler(async ({ routeKey, pathParameters, rawQueryString }) => {
    requireSameZone(timezone, await tableZone.read(), "answer");
    const request = { metric: pathParameters?.metric ?? "", query: rawQueryString };
    const { status, body, headers } = await answerRoute(query, routeKey, request);
    return jsonAnswer(status, body, headers);
  });

export const handler = withInvocation(answer);
