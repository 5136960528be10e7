/** Finds out who is asking, and answers them: a question, or what begins and ends sessions and shared links. */
import { type AccessOptions, answerAccess } from "./access/access-routes.ts";
import { identify, type Sender, type Token } from "./access/reader.ts";
import { answerRoute, type Query } from "./routes.ts";

export type ReadRequest = Sender & {
  /** The method and the path, with the names of its parameters. */
  routeKey: string;
  metric: string;
  share: string;
  query: string;
  /** Called only for those who may read. */
  body: () => string;
};
type Options = Omit<AccessOptions, "dimensions" | "secret"> & {
  token: Token & { read(): Promise<string> };
  query: Query;
  /** Called only for those who may read; throws if the stage cannot answer. */
  check: () => Promise<void>;
};
type ReadAnswer = { status: number; body: object; headers?: Record<string, string>; cookies?: string[] };

/** Rejects with an HttpError. */
export async function answerRequest(request: ReadRequest, options: Options): Promise<ReadAnswer> {
  const { token, access, clock, query, check } = options;
  const reader = await identify(request, { token, access, now: clock() });
  await check();
  const { routeKey } = request;
  const toAccess = { ...request, reader, body: request.body() };
  const accessed = await answerAccess(routeKey, toAccess, {
    ...options,
    secret: token.read,
    dimensions: query.dimensions,
  });
  return accessed ?? (await answerRoute(query, routeKey.replace(/^HEAD /, "GET "), request, reader));
}
