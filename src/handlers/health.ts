/** Lambda behind `GET /v1/health`: open to everybody, touches nothing; says that requests reach the functions. */
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

const answer: APIGatewayProxyStructuredResultV2 = {
  statusCode: 200,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify({ status: "ok" }),
};

export const handler = async (): Promise<APIGatewayProxyStructuredResultV2> => answer;
