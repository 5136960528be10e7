/** The routes of the OpenAPI document. */
import { dimensions } from "../src/metrics/define-metric.ts";
import { MAX_BODY_BYTES, MAX_EVENTS } from "../src/schemas/api/collect-request.ts";
import { liveParams, metricParams } from "../src/schemas/api/question.ts";
import { answer, refusal, retryAfter, withHead } from "./openapi-answers.ts";
import {
  filterParameters,
  type Json,
  metricParameter,
  pixelParameters,
  queryParameters,
  ref,
} from "./openapi-schemas.ts";

const collectRefusals = {
  400: refusal("Nothing in it can be accepted, or it is not JSON. What came is kept", undefined, {
    anyOf: [ref("NoneAccepted"), ref("Problem")],
  }),
  401: refusal("The write key is missing or unknown"),
  403: refusal("The page's origin may not use this key"),
  413: refusal(
    `More than ${MAX_EVENTS} events or ${MAX_BODY_BYTES} bytes, plain or unpacked, or more values, addresses or user agents than one request may hold: send half of the events`,
  ),
  429: refusal(
    "More requests than the stage allows, or more events or bytes than it takes from one address",
    retryAfter,
  ),
  503: refusal("The events could not be stored: send the same request again", retryAfter),
};

/** The routes that take events. */
export const writing: Json = {
  "/v1/events": {
    post: {
      operationId: "sendEvents",
      tags: ["writing"],
      summary: "Send events",
      description:
        "One event, an array, or a batch. Good events are accepted beside bad ones. Give a `batch_id`, or every event an " +
        "`event_id`, and the same request can be sent again without counting twice. The body may be gzip: " +
        "send that as application/octet-stream.",
      security: [{ writeKey: [] }, { writeKeyInQuery: [] }],
      requestBody: {
        required: true,
        content: {
          ...Object.fromEntries(
            ["application/json", "text/plain"].map((type) => [
              type,
              { schema: { oneOf: [ref("Event"), { type: "array", items: ref("Event") }, ref("EventBatch")] } },
            ]),
          ),
          "application/octet-stream": {},
        },
      },
      responses: {
        202: answer("Accepted events are stored; rejected ones are listed, and kept", ref("CollectAnswer")),
        ...collectRefusals,
      },
    },
  },
  "/v1/pixel.gif": {
    get: {
      operationId: "sendPixel",
      tags: ["writing"],
      summary: "Send one event by showing an image",
      description:
        "For e-mail and pages without script. Each field of an event is a parameter, `properties` is JSON, any other " +
        "parameter is a property. Whatever the status, the answer is an image; `x-daymark-error` says what was wrong.",
      security: [{ writeKeyInQuery: [] }],
      parameters: pixelParameters(),
      responses: Object.fromEntries(
        [
          ["200", "The event is stored"],
          ...Object.entries(collectRefusals).map(([code, { description }]) => [code, description]),
        ].map(([code = "", description]) => [code, { description, content: { "image/gif": {} } }]),
      ),
    },
  },
};

const readRefusals = { 401: refusal("The read token is missing or wrong") };
const questionRefusals = {
  ...readRefusals,
  400: refusal("The question makes no sense; the message says which part"),
  404: refusal("There is no such metric"),
  502: refusal("The query of sealed days failed: ask again"),
  503: refusal("A service is busy: ask again", retryAfter),
};

/** The routes that answer questions. */
export const reading: Json = withHead({
  "/v1/metrics": {
    get: {
      operationId: "listMetrics",
      tags: ["reading"],
      summary: "What is counted, and by what it can be broken down",
      description: "Names, dimensions and the combinations of dimensions that are kept.",
      security: [{ readToken: [] }],
      responses: { 200: answer("The metrics", ref("Metrics")), ...readRefusals },
    },
  },
  "/v1/metrics/{metric}": {
    get: {
      operationId: "getMetric",
      tags: ["reading"],
      summary: "One number, its days, and its groups",
      description: "The total is exact at any moment: `history` comes from sealed days, `realtime` from the rest.",
      security: [{ readToken: [] }],
      parameters: [metricParameter(), ...queryParameters(metricParams), ...filterParameters(dimensions)],
      responses: {
        200: answer("The answer", ref("Metric")),
        202: answer("The question takes longer: ask it again", ref("Running"), retryAfter),
        ...questionRefusals,
      },
    },
  },
  "/v1/live/{metric}": {
    get: {
      operationId: "getLive",
      tags: ["reading"],
      summary: "The last minutes, one by one; or what arrived in them, in groups",
      description:
        "The last minute is the current one, which is not over yet. Minutes are kept in total only: filters go with " +
        "`by`, except for the currency.",
      security: [{ readToken: [] }],
      parameters: [metricParameter(), ...queryParameters(liveParams), ...filterParameters(dimensions)],
      responses: {
        200: answer("The minutes; with `by`, the groups", { anyOf: [ref("Live"), ref("LiveGroups")] }),
        ...questionRefusals,
      },
    },
  },
  "/v1/status": {
    get: {
      operationId: "getStatus",
      tags: ["reading"],
      summary: "How the pipeline is",
      description: "Watermark, days that are not sealed, rejected events, snapshots, last batch run.",
      security: [{ readToken: [] }],
      responses: { 200: answer("The status", ref("Status")), ...readRefusals },
    },
  },
  "/v1/health": {
    get: {
      operationId: "getHealth",
      tags: ["reading"],
      summary: "Whether requests reach the functions",
      description: "And by what a sender of history paces itself.",
      security: [],
      responses: {
        200: answer("They do", ref("Health")),
        503: refusal(
          "They do, and refuse: the stage's time zone is not its table's, or something is wrong with this machine",
          retryAfter,
        ),
      },
    },
  },
});
