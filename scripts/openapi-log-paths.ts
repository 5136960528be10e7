/** The log routes of the OpenAPI document; a stage has them if its parameter `logs` is on. */
import { answer, refusal, retryAfter } from "./openapi-answers.ts";
import type { Json } from "./openapi-schemas.ts";

const answers = {
  400: refusal("The body is in no form that is taken here, and will not be when it comes again"),
  401: refusal("The key is missing or not the trusted one"),
  403: refusal("The request came from a page"),
  413: refusal("Unpacked the body has more than 64 MiB"),
  503: refusal("The logs could not be stored: send the same request again", retryAfter),
};
const count = { type: "integer", minimum: 0 };
const text = { type: "string" };
const reason = { type: "object", properties: { index: count, path: text, message: text }, required: ["index"] };
const counted = {
  type: "object",
  properties: { accepted: count, rejected: count, reasons: { type: "array", maxItems: 10, items: reason } },
  required: ["accepted", "rejected"],
};
const lines = { "application/json": {}, "application/x-ndjson": {}, "text/plain": {}, "application/octet-stream": {} };

function door(operationId: string, summary: string, description: string, content: Json, taken: Json): Json {
  return {
    head: {
      operationId: `${operationId}Head`,
      tags: ["logs"],
      summary: "Whether the door is there",
      description: "Some shippers ask this first.",
      security: [],
      responses: { 200: { description: "It is" } },
    },
    post: {
      operationId,
      tags: ["logs"],
      summary,
      description: `${description} The body may be gzip, zstd or zlib. The same body sent again counts once.`,
      security: [{ writeKey: [] }, { trustedBearer: [] }, { trustedBasic: [] }],
      requestBody: { required: true, content },
      responses: { 200: taken, ...answers },
    },
  };
}

const taken = answer("Stored; a line that is no event is kept as rejected, beside its neighbours", counted);

export const loggingPaths: Json = {
  "/v1/logs": door(
    "sendOtlpLogs",
    "Send logs as OpenTelemetry does (OTLP/HTTP)",
    "ExportLogsServiceRequest as JSON or protobuf; the answer has the same form.",
    { "application/json": {}, "application/x-protobuf": {} },
    {
      description: "Stored; `partialSuccess` says how many records were not",
      content: { "application/json": { schema: { type: "object" } }, "application/x-protobuf": {} },
    },
  ),
  "/v1/logs/access": door(
    "sendAccessLogs",
    "Send lines of access logs",
    "Lines as a server writes them, or the JSON that Fluent Bit, Vector or Fluentd makes of them.",
    lines,
    taken,
  ),
  "/v1/logs/app": door(
    "sendAppLogs",
    "Send logs of applications and containers",
    "Lines, JSON lines, or an array of records.",
    lines,
    taken,
  ),
};
