/**
 * Lambda on this machine: each declared function is a worker thread that runs the packaged bundle with an environment
 * of its own. It is started at the first call, and replaced after a crash or a timeout. One thread takes several calls
 * at once, where AWS would start several environments: that keeps memory low, and is safe because handlers keep no
 * state of a request outside of it.
 */
import { randomUUID } from "node:crypto";
import { devNull } from "node:os";
import type { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import type { LambdaFunction } from "../cloudformation/template.ts";
import { AwsError, type Invoke } from "../endpoint/aws-error.ts";
import type { Faults } from "../faults.ts";
import type { AnswerMessage, ErrorPayload, FunctionIdentity, InvocationMessage, LoadedMessage } from "./worker.ts";

export type PackagedFunction = LambdaFunction & { bundle: string };
export type LambdaOptions = {
  functions: PackagedFunction[];
  region: string;
  /** Where the functions' AWS SDK connects to; read when a thread starts. */
  endpointUrl: () => string;
  faults: Faults;
  /** Gets each line that a function writes to its log. */
  log?: (line: string, functionKey: string) => void;
};
export type Lambda = {
  /** By the name in serverless.yml, the deployed name or the ARN. */
  invoke: Invoke;
  /**
   * Starts threads before their first call, one after the other, so that a call in the meantime has a core to itself.
   */
  warm: (keys: string[]) => void;
} & AsyncDisposable;

type Outcome = Awaited<ReturnType<Invoke>>;
type Pending = { resolve: (outcome: Outcome) => void; timer: NodeJS.Timeout; requestId: string };
/** `loaded` resolves when the thread can take calls, or has ended. */
type Thread = { worker: Worker; pending: Map<number, Pending>; retired: boolean; loaded: Promise<void> };

/** The limit of concurrent calls of a new AWS account, over all functions. */
const maximumConcurrency = 1000;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maximumAnswerBytes = 6_291_556;
const patienceWhenStoppingMs = 10_000;
/** V8 would use three times as much in each busy thread, without being faster. */
const maxYoungGenerationSizeMb = 32;

/** Makes the declared functions callable. Disposing waits for calls to end. */
export async function startLambda(options: LambdaOptions): Promise<Lambda> {
  const pools = options.functions.map((fn) => createFunction(fn, options));
  const byName = new Map(pools.flatMap((pool) => [pool.fn.key, pool.fn.name, pool.fn.arn].map((name) => [name, pool])));
  let running = 0;
  let isEnding = false;

  async function warm(keys: string[]): Promise<void> {
    for (const key of keys) if (!isEnding) await byName.get(key)?.start().loaded;
  }

  async function invoke(functionName: string, payload: unknown): Promise<Outcome> {
    const pool = byName.get(functionName);
    if (!pool) throw new AwsError("ResourceNotFoundException", `Function not found: ${functionName}`, { status: 404 });
    if (running >= maximumConcurrency)
      throw new AwsError("TooManyRequestsException", "Rate Exceeded.", { status: 429 });
    running++;
    try {
      await options.faults.check("lambda.before", { function: pool.fn.key });
      const outcome = await pool.call(payload);
      await options.faults.check("lambda.after", { function: pool.fn.key });
      return outcome;
    } finally {
      running--;
    }
  }

  return {
    invoke,
    warm: (keys) => void warm(keys),
    async [Symbol.asyncDispose]() {
      isEnding = true;
      const until = performance.now() + patienceWhenStoppingMs;
      while (running > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
      await Promise.all(pools.map((pool) => pool.stop()));
    },
  };
}

function createFunction(fn: PackagedFunction, options: LambdaOptions) {
  const threads = new Set<Thread>();
  let current: Thread | undefined;
  let lastId = 0;
  return { fn, call, start, stop };

  function start(): Thread {
    if (!current || current.retired) current = startThread();
    return current;
  }

  function startThread(): Thread {
    const { thread, setLoaded } = openThread(fn, options);
    const { worker } = thread;
    threads.add(thread);
    let cause: ErrorPayload | undefined;
    worker.on("message", (message: LoadedMessage | AnswerMessage) =>
      message === "loaded" ? setLoaded() : settle(thread, message.id, outcomeOf(message)),
    );
    worker.on("error", (error) => {
      cause = { errorType: error.name, errorMessage: error.message };
      logOf(options)(crashLine(fn.key, error), fn.key);
    });
    worker.on("exit", (code) => {
      setLoaded();
      retire(thread);
      threads.delete(thread);
      for (const [id, { requestId }] of thread.pending) settle(thread, id, failed(cause ?? exitError(requestId, code)));
    });
    return thread;
  }

  function call(payload: unknown): Promise<Outcome> {
    const thread = start();
    const id = ++lastId;
    const requestId = randomUUID();
    return new Promise((resolve) => {
      const message: InvocationMessage = { id, requestId, deadline: deadlineOf(fn), payload };
      thread.worker.postMessage(message); // First: if it throws, nothing may wait for an answer.
      const timer = setTimeout(() => timeOut(thread, id), fn.timeoutSeconds * 1000);
      thread.pending.set(id, { resolve, timer, requestId });
    });
  }

  function timeOut(thread: Thread, id: number): void {
    settle(thread, id, timedOut(fn, thread.pending.get(id)?.requestId));
    // As on AWS, where an environment that timed out is discarded. Other calls in this thread may end first.
    retire(thread);
    if (thread.pending.size === 0) void thread.worker.terminate();
  }

  function retire(thread: Thread): void {
    thread.retired = true;
    if (current === thread) current = undefined;
  }

  async function stop(): Promise<void> {
    await Promise.all([...threads].map(({ worker }) => worker.terminate()));
  }
}

function timedOut({ timeoutSeconds }: PackagedFunction, requestId = ""): Outcome {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  return failed({ errorType: "Sandbox.Timedout", errorMessage });
}

function deadlineOf({ timeoutSeconds }: PackagedFunction): number {
  // Not Date.now(): a clock that is set back must not give a function more time.
  return performance.timeOrigin + performance.now() + timeoutSeconds * 1000;
}

/** Ends a call; a thread that takes no more ends with its last one. */
function settle(thread: Thread, id: number, outcome: Outcome): void {
  const call = thread.pending.get(id);
  if (!call) return;
  clearTimeout(call.timer);
  thread.pending.delete(id);
  call.resolve(outcome);
  if (thread.retired && thread.pending.size === 0) void thread.worker.terminate();
}

/**
 * A thread that loads the bundle, and whose log goes to the owner's. `setLoaded` must be called when it can take calls.
 */
function openThread(fn: PackagedFunction, options: LambdaOptions): { thread: Thread; setLoaded: () => void } {
  const worker = startWorker(fn, options);
  const log = logOf(options);
  for (const stream of [worker.stdout, worker.stderr]) eachLine(stream, (line) => log(line, fn.key));
  const { promise: loaded, resolve: setLoaded } = Promise.withResolvers<void>();
  return { thread: { worker, pending: new Map(), retired: false, loaded }, setLoaded };
}

function logOf({ log = logProblems }: LambdaOptions): (line: string, functionKey: string) => void {
  return log;
}

function startWorker(fn: PackagedFunction, options: LambdaOptions): Worker {
  const exportName = fn.handler.slice(fn.handler.lastIndexOf(".") + 1);
  const { name, arn, memoryMB, bundle } = fn;
  const workerData: FunctionIdentity = { name, arn, memoryMB, bundle, exportName };
  return new Worker(new URL("./worker.ts", import.meta.url), {
    name: fn.key,
    workerData,
    env: environment(fn, options),
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMB, maxYoungGenerationSizeMb },
  });
}

/**
 * Only what Lambda sets, and what the template declares.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
function environment(fn: PackagedFunction, { region, endpointUrl }: LambdaOptions): Record<string, string> {
  return {
    ...fn.environment,
    AWS_ENDPOINT_URL: endpointUrl(),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    // Lambda has no such files; those of this machine's user are none of the function's business.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMB),
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    _HANDLER: fn.handler,
    TZ: ":UTC",
  };
}

function outcomeOf(answer: AnswerMessage): Outcome {
  if ("error" in answer) return failed(answer.error);
  if (answer.result.length > maximumAnswerBytes) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${maximumAnswerBytes} bytes).`;
    return failed({ errorType: "Function.ResponseSizeTooLarge", errorMessage });
  }
  const payload: unknown = JSON.parse(answer.result);
  return { payload };
}

function failed(payload: ErrorPayload): Outcome {
  return { payload, functionError: "Unhandled" };
}

function exitError(requestId: string, code: number): ErrorPayload {
  const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: exit status ${code}`;
  return { errorType: "Runtime.ExitError", errorMessage };
}

function crashLine(functionKey: string, { stack, message }: Error): string {
  return JSON.stringify({ level: "error", message: `Function ${functionKey} crashed`, error: stack ?? message });
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") take(line);
  });
}

function logProblems(line: string, functionKey: string): void {
  if (/"level":\s*"(warn|error|fatal)"/i.test(line) || !line.startsWith("{")) console.error(`${functionKey}: ${line}`);
}
