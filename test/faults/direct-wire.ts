/**
 * AWS without a network: what an SDK client would send over HTTP goes directly to the local services, and their answers
 * come back as responses. The SDK still serialises, reads errors and retries. A history makes thousands of calls.
 */
import { AwsError, type AwsService } from "../../local/endpoint/aws-error.ts";

type Request = { headers: Record<string, string>; body: Uint8Array };
type Response = { statusCode: number; headers: Record<string, string>; body: Uint8Array };

/** Settings for an SDK client whose calls end at these services. */
export function directTo(services: readonly AwsService[]) {
  const operations = new Map<string, AwsService["operations"][string]>(
    services.flatMap(({ target, operations: own }) =>
      Object.entries(own).map(([name, run]) => [`${target}.${name}`, run] as const),
    ),
  );
  return {
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    signer: { sign: async <T>(request: T): Promise<T> => request },
    retryStrategy: impatient,
    requestHandler: {
      metadata: { handlerProtocol: "http/1.1" },
      async handle({ headers, body }: Request): Promise<{ response: Response }> {
        const run = operations.get(headers["x-amz-target"] ?? headers["X-Amz-Target"] ?? "");
        if (run === undefined) throw new TypeError(`Cannot serve ${JSON.stringify(headers)}`);
        return { response: await answer(() => run(JSON.parse(text.decode(body)))) };
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
      destroy() {},
    },
  };
}

async function answer(run: () => Promise<object>): Promise<Response> {
  try {
    return respond(200, await run());
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === "ConnectionLost") throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    return respond(error.status, { __type: error.code, message: error.message, ...error.extra });
  }
}

function respond(statusCode: number, body: object): Response {
  const headers = { "content-type": "application/x-amz-json-1.0" };
  return { statusCode, headers, body: Buffer.from(JSON.stringify(body)) };
}

const text = new TextDecoder();

/** Three attempts, as the SDK makes, without its pauses. */
const impatient = {
  acquireInitialRetryToken: async () => token(0),
  async refreshRetryTokenForRetry(known: { getRetryCount(): number }, { error }: { error?: unknown }) {
    if (known.getRetryCount() >= 2 || isFinal(error)) throw error ?? new Error("Cannot try again");
    return token(known.getRetryCount() + 1);
  },
  recordSuccess() {},
};

function token(count: number) {
  return { getRetryCount: () => count, getRetryDelay: () => 0 };
}

function isFinal(error: unknown): boolean {
  const { name = "", $metadata } = (error ?? {}) as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 500;
  return status < 500 && !/Throttl|ThroughputExceeded|TooManyRequests/.test(name);
}
