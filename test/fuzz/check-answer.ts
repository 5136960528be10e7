/** What every answer must be, whatever was asked: one of our own, in our own shape, without a defect or a secret. */
import type { FuzzRequest } from "./corpus.ts";

export type Answer = { status: number; headers: Map<string, string>; body: Buffer };

/** All that each port may answer. */
export const statuses = {
  api: new Set([200, 202, 204, 304, 400, 401, 403, 404, 405, 413, 429, 431, 503]),
  // S3, which a running pipeline asks if a request names no other service, has some of its own: to a POST to an object
  // it says 501, as soon as it has the headers.
  aws: new Set([200, 202, 204, 400, 403, 404, 405, 411, 412, 413, 416, 429, 501, 503]),
};
/** Stage local's secrets are public; here they represent secret ones. */
const secrets = ["rt_local", "tk_local", "vs_local"];

/** Why an answer is wrong; undefined if it is not. */
export function faultOf(request: FuzzRequest, answer: Answer): string | undefined {
  const { status, body } = answer;
  if (!statuses[request.port].has(status)) return `answered ${status}: ${body.toString().slice(0, 300)}`;
  const secret = secrets.find((one) => body.includes(one) && !isIn(request, one));
  if (secret !== undefined) return `the answer shows ${secret}`;
  if (status < 400 || request.method === "HEAD") return undefined;
  return request.port === "api" ? shapeOfOurs(answer) : shapeOfAws(answer);
}

function isIn({ path, query, headers, body }: FuzzRequest, text: string): boolean {
  return [path, query, ...headers.flat()].some((part) => part.includes(text)) || body.includes(text);
}

function shapeOfOurs(answer: Answer): string | undefined {
  const { status, headers, body } = answer;
  const type = headers.get("content-type");
  if (type === "image/gif")
    return headers.has("x-daymark-error") ? undefined : `${status} as an image that says nothing`;
  const value = parse(body);
  if (type !== "application/problem+json" || value === undefined)
    return `${status} is no problem: ${body.toString().slice(0, 200)}`;
  const isWhole = [value.type, value.title, value.detail, value.code].every((one) => typeof one === "string");
  const isNamed = typeof value.request_id === "string" && headers.get("apigw-requestid") === value.request_id;
  const isSame = value.status === status && (value.code !== "no_event_accepted" || Array.isArray(value.rejected));
  if (isWhole && isNamed && isSame) return undefined;
  return `${status} has another shape: ${body.toString().slice(0, 200)}`;
}

function shapeOfAws({ status, headers, body }: Answer): string | undefined {
  if (/^<\?xml [^>]*>\s*<Error><Code>\w+<\/Code><Message>/.test(body.toString())) return undefined;
  const value = parse(body);
  if (value !== undefined && typeof value.__type === "string" && headers.has("x-amzn-errortype")) return undefined;
  return `${status} is no error of AWS: ${body.toString().slice(0, 200)}`;
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
