/**
 * The Lambda behind `GET /v1/health`, open to everybody. It shows that requests reach the functions, the interval by
 * which an import paces itself, and whether the stage counts in the time zone of its table, which it reads once.
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { createQuickDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { healthConfig } from "../config.ts";
import { log } from "../log.ts";
import { answerTo } from "../middleware/head-answers.ts";
import { jsonAnswer } from "../middleware/json-answer.ts";
import { problemAnswer } from "../middleware/problem-answer.ts";
import type { HealthAnswer } from "../schemas/api/health-answer.ts";
import { createTableZone, zoneProblem } from "../table/time-zone.ts";

const config = healthConfig();
const { timezone } = config;
const table = createTable({ client: createQuickDynamoDbClient(), table: config.table });
const tableZone = createTableZone({ timezone, table, clock: () => Date.now(), log });
const health: HealthAnswer = { status: "ok", timezone, lake_buffer_seconds: config.lakeBufferSeconds };

export const handler = async (event?: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const found = await tableZone.read();
  const problem = zoneProblem(timezone, found);
  if (found === undefined || problem === undefined) return answerTo(event, jsonAnswer(200, health));
  const extra = { timezone, table_timezone: found };
  return answerTo(event, problemAnswer("wrong_timezone", problem, event, { headers: { "retry-after": "60" }, extra }));
};
