/** Which answer belongs to a route, and what is said while Athena is still running. */
import { HttpError } from "../errors.ts";
import type { Reader } from "./access/reader.ts";
import type { createQuery } from "./query.ts";
import type { MetricRequest } from "./question.ts";

export type Query = ReturnType<typeof createQuery>;
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

/** What a shared link may ask. */
const shared: readonly string[] = ["GET /v1/metrics", "GET /v1/metrics/{metric}"];

/** Fields of an answer that have no filter, and so are not for who may see a part only. */
const ofWholeStage: readonly string[] = ["robots", "data_from", "data_to"];

/** Rejects with an HttpError when a question cannot be answered, or not for this reader. */
export async function answerRoute(
  query: Query,
  routeKey: string,
  request: MetricRequest,
  reader: Reader,
): Promise<Answer> {
  const route = routes[routeKey];
  if (route === undefined) throw new HttpError("not_found", `There is no route ${routeKey}`);
  const body = await (reader.kind === "owner"
    ? route(query, request)
    : answerShared(route, query, { routeKey, request, reader }));
  return body === undefined ? { status: 202, body: running, headers: { "retry-after": "2" } } : { status: 200, body };
}

type Asked = { routeKey: string; request: MetricRequest; reader: Extract<Reader, { kind: "share" }> };

/** The answer with the link's filters, and without what is of the whole stage. */
async function answerShared(
  route: NonNullable<(typeof routes)[string]>,
  query: Query,
  { routeKey, request, reader }: Asked,
): Promise<object | undefined> {
  if (!shared.includes(routeKey)) throw notShared();
  if (routeKey === "GET /v1/metrics") return route(query, request);
  const answer = await route(query, { ...request, query: withFilters(request.query, reader.where) });
  if (answer === undefined) return undefined;
  return Object.fromEntries(Object.entries(answer).filter(([name]) => !ofWholeStage.includes(name)));
}

function withFilters(query: string, where: Asked["reader"]["where"]): string {
  const params = new URLSearchParams(query);
  for (const [name, value] of Object.entries(where)) {
    if (params.getAll(name).some((given) => given !== value)) throw notShared();
    params.set(name, value);
  }
  return params.toString();
}

function notShared(): HttpError {
  return new HttpError("not_shared", "This link does not show that");
}
