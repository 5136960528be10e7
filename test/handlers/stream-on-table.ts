/** The stream function with its own table. Its environment is set before it is imported, and removed on disposal. */
import { vi } from "vitest";
import type { FirehoseResult } from "../../src/stream/answer-batch.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";

type Load = () => Promise<{ handler: unknown }>;
const stream: Load = () => import("../../src/handlers/stream.ts");

/** `logLevel` as in LOG_LEVEL; `load` imports another function than the stream, with `more` in its environment. */
export async function startStream(logLevel: string, load = stream, more: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack();
  const table = stack.use(await startTable());
  const endpoint = await table.client.config.endpoint?.();
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${endpoint?.port}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    TABLE: table.table,
    TIMEZONE: "Asia/Seoul",
    LOG_LEVEL: logLevel,
    ...more,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  stack.defer(() => void vi.unstubAllEnvs());
  const { handler } = await load();
  const invoke = handler as unknown as (event: { records: object[] }, context: object) => Promise<Answer>;
  return {
    table,
    invoke: (...records: object[]) => invoke({ records }, {}),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Answer = { records: FirehoseResult[] };
export type Stream = Awaited<ReturnType<typeof startStream>>;
