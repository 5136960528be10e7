/** Which invocation a log line belongs to. Locally, one thread runs several at once, so this follows the call chain. */
import { AsyncLocalStorage } from "node:async_hooks";

type LambdaContext = { awsRequestId?: string };
type Invocation = { requestId: string | undefined; correlationId: string | undefined; isColdStart: boolean };

const current = new AsyncLocalStorage<Invocation>();
let isFirst = true;

/** The current invocation; undefined while the function is being loaded. */
export function currentInvocation(): Invocation | undefined {
  return current.getStore();
}

/**
 * Wraps a handler so that its log lines say which invocation wrote them, and whether it was the environment's first.
 */
export function withInvocation<E, C extends LambdaContext, R>(handler: (event: E, context: C) => R) {
  return (event: E, context: C): R => {
    const invocation = {
      requestId: context.awsRequestId,
      correlationId: apiRequestId(event),
      isColdStart: isFirst,
    };
    isFirst = false;
    return current.run(invocation, () => handler(event, context));
  };
}

/** The request's id in the HTTP API's access log. */
function apiRequestId(event: unknown): string | undefined {
  if (typeof event !== "object" || event === null || !("requestContext" in event)) return undefined;
  const { requestContext } = event;
  if (typeof requestContext !== "object" || requestContext === null || !("requestId" in requestContext))
    return undefined;
  return typeof requestContext.requestId === "string" ? requestContext.requestId : undefined;
}
