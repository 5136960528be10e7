/** Lambda's Invoke on the wire. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
import type { IncomingHttpHeaders } from "node:http";
import type { WireAnswer } from "../endpoint/aws-endpoint.ts";
import { AwsError, type Invoke } from "../endpoint/aws-error.ts";

const executed = { "content-type": "application/json", "x-amz-executed-version": "$LATEST" };
const limits: Record<string, number> = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 };

/** Invokes by name or ARN; waits for the answer unless the caller asks for asynchronous invocation (`Event`). */
export async function lambdaInvoke(
  invoke: Invoke,
  nameOrArn: string,
  headers: IncomingHttpHeaders,
  body: string,
): Promise<WireAnswer> {
  const type = String(headers["x-amz-invocation-type"] ?? "RequestResponse");
  if (type === "DryRun") return { status: 204 };
  const limit = limits[type];
  if (limit === undefined) throw new AwsError("InvalidParameterValueException", `Unknown InvocationType ${type}`);
  if (Buffer.byteLength(body) > limit)
    throw new AwsError("RequestTooLargeException", `${body.length} byte payload is too large`, { status: 413 });
  const running = invoke(functionName(nameOrArn), parsePayload(body));
  if (type === "Event") {
    running.catch((error: unknown) => console.error(`Cannot run function "${nameOrArn}":`, error));
    return { status: 202 };
  }
  const { payload, functionError } = await running;
  const failed = { "x-amz-function-error": "Unhandled" };
  try {
    const headers = functionError === undefined ? executed : { ...executed, ...failed };
    return { status: 200, headers, body: JSON.stringify(payload ?? null) };
  } catch (error) {
    // Nested more deeply than JSON.stringify can follow.
    if (!(error instanceof RangeError)) throw error;
    return { status: 200, headers: { ...executed, ...failed }, body: unwritable };
  }
}

/** As Lambda's runtime says it. https://github.com/aws/aws-lambda-nodejs-runtime-interface-client */
const unwritable = JSON.stringify({ errorType: "Error", errorMessage: "Unable to stringify response body" });

/** `name`, `name:alias`, `account:function:name` and the whole ARN all name the same function. */
export function functionName(nameOrArn: string): string {
  const decoded = decode(nameOrArn);
  const name = /(?:^|:)function:([^:]+)/.exec(decoded)?.[1] ?? decoded.split(":")[0];
  if (!name) throw new AwsError("ValidationException", `Cannot invoke "${decoded}": it names no function`);
  return name;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new AwsError("ValidationException", `Cannot invoke "${text}": the name is malformed`, { cause });
  }
}

function parsePayload(body: string): unknown {
  const payload = body === "" ? {} : parseJson(body);
  if (isDeeper(payload, MAX_LEVELS)) throw notJson(`: it is nested in more than ${MAX_LEVELS} levels`);
  return payload;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw notJson("", cause);
  }
}

function notJson(why: string, cause?: unknown): AwsError {
  return new AwsError("InvalidRequestContentException", `Could not parse request body into json${why}`, { cause });
}

/** What reads a payload, or passes it on to a thread, calls itself for each level. */
const MAX_LEVELS = 1000;

/** Level by level, so that this does not. */
function isDeeper(value: unknown, levels: number): boolean {
  let open = [value].filter(isNest);
  for (let level = 0; open.length > 0 && level < levels; level++)
    open = open.flatMap((one) => Object.values(one).filter(isNest));
  return open.length > 0;
}

function isNest(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
