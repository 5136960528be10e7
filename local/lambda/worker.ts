/**
 * One function's thread: loads the packaged bundle as Lambda's runtime does, and runs its handler for each message. It
 * has only the function's own environment, and nothing of this machine's (local/lambda/service.ts).
 */
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

export type FunctionIdentity = { name: string; arn: string; memoryMB: number; bundle: string; exportName: string };
export type InvocationMessage = { id: number; requestId: string; deadline: number; payload: unknown };
export type ErrorPayload = { errorType: string; errorMessage: string; trace?: string[] };
/** `result` is JSON, as on the wire: what cannot be written as JSON must not seem to work here. */
export type AnswerMessage = { id: number; result: string } | { id: number; error: ErrorPayload };
/** Sent once, when the handler is loaded. */
export type LoadedMessage = "loaded";

type Handler = (event: unknown, context: object) => unknown;

const identity: FunctionIdentity = workerData;
const handler = await loadHandler(identity);
const loaded: LoadedMessage = "loaded";
parentPort?.postMessage(loaded);

// Messages sent before this line wait in the port.
parentPort?.on("message", async (message: InvocationMessage) => {
  parentPort?.postMessage(await run(message));
});

async function loadHandler({ bundle, exportName }: FunctionIdentity): Promise<Handler> {
  const module: Record<string, unknown> = await import(pathToFileURL(bundle).href);
  const exported = module[exportName];
  if (!isHandler(exported)) throw new Error(`${exportName} is undefined or not exported`);
  // Node 24's runtime recognises callback handlers by their arity, and refuses them.
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
  if (exported.length > 2) throw new Error("AWS Lambda has removed support for callback-based function handlers");
  return exported;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function";
}

async function run({ id, requestId, deadline, payload }: InvocationMessage): Promise<AnswerMessage> {
  try {
    const result = await handler(payload, createContext(requestId, deadline));
    return { id, result: JSON.stringify(result) ?? "null" };
  } catch (error) {
    return { id, error: describeError(error) };
  }
}

function createContext(awsRequestId: string, deadline: number): object {
  return {
    awsRequestId,
    functionName: identity.name,
    functionVersion: "$LATEST",
    invokedFunctionArn: identity.arn,
    memoryLimitInMB: String(identity.memoryMB),
    logGroupName: `/aws/lambda/${identity.name}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.timeOrigin - performance.now()),
  };
}

function describeError(error: unknown): ErrorPayload {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}
