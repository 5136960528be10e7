/**
 * Lambda behind `GET /v1/health`: open to everybody, touches nothing; says that requests reach the functions, and what an import
 * paces itself by.
 */
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { healthConfig } from "../config.ts";
import type { HealthAnswer } from "../schemas/health-answer.ts";

const { timezone, lakeBufferSeconds } = healthConfig();
const health: HealthAnswer = { status: "ok", timezone, lake_buffer_seconds: lakeBufferSeconds };
const answer: APIGatewayProxyStructuredResultV2 = {
  statusCode: 200,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(health),
};

export const handler = async (): Promise<APIGatewayProxyStructuredResultV2> => answer;
