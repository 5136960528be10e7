/** Which answer belongs to a route, and what is said while Athena is still running. */
import { HttpError } from "../errors.ts";
import type { createQuery } from "./query.ts";
import type { MetricRequest } from "./question.ts";

type Query = ReturnType<typeof createQuery>;
type Answer = { status: number; body: object; headers?: Record<string, string> };

const routes: Record<string, (query: Query, request: MetricRequest) => Promise<object | undefined>> = {
  "GET /v1/metrics": (query) => query.metrics(),
  "GET /v1/metrics/{metric}": (query, request) => query.metric(request),
  "GET /v1/live/{metric}": (query, request) => query.live(request),
  "GET /v1/status": (query) => query.status(),
};

const running = {
  status: "running",
  message: "The question goes on in the background: ask it again after the seconds that retry-after says",
};

/** Rejects with an HttpError when a question cannot be answered. */
export async function answerRoute(query: Query, routeKey: string, request: MetricRequest): Promise<Answer> {
  const route = routes[routeKey];
  if (route === undefined) throw new HttpError("not_found", `There is no route ${routeKey}`);
  const body = await route(query, request);
  return body === undefined ? { status: 202, body: running, headers: { "retry-after": "2" } } : { status: 200, body };
}
