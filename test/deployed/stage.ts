/** What a person has after a deployment, and how to use it: the API's address, the secrets, the bucket. */
import { request } from "node:http";
import type { Answer, AwsCalls } from "./aws-calls.ts";
import type { Ministack } from "./ministack.ts";

export const browser =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36";
export type Response = { status: number; text: string; json: Answer };

/** Asks the deployed API. AWS identifies the API by the host name, which is sent to 127.0.0.1. */
export async function ask(
  { port, aws }: Ministack,
  stack: string,
  path: string,
  { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const { HttpApiUrl } = await outputs(aws, stack);
  const host = `${new URL(HttpApiUrl).hostname.split(".")[0]}.execute-api.127.0.0.1:${port}`;
  const options = { host: "127.0.0.1", port, path, method: body === undefined ? "GET" : "POST" };
  return new Promise((resolve, reject) => {
    const call = request({ ...options, headers: { host, "user-agent": browser, ...headers } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text, json: parse(text) }));
    });
    call.once("error", reject).end(body);
  });
}

function parse(text: string): Answer {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Posts events as a page of the app `web` does. */
export function post(ministack: Ministack, stack: string, events: object[]): Promise<Response> {
  const headers = { "x-write-key": "wk_change_me", origin: "https://example.com", "content-type": "application/json" };
  return ask(ministack, stack, "/v1/events", { body: JSON.stringify(events), headers });
}

/** Reads with the token from the stack's secret. */
export async function read(ministack: Ministack, stack: string, path: string): Promise<Answer> {
  const { ReadTokenSecret } = await outputs(ministack.aws, stack);
  const secret = await ministack.aws.call("secretsmanager", "get_secret_value", { SecretId: ReadTokenSecret });
  const answer = await ask(ministack, stack, path, { headers: { authorization: `Bearer ${secret.SecretString}` } });
  if (answer.status !== 200) throw new Error(`Cannot read ${path}: ${answer.status} ${answer.text}`);
  return answer.json;
}

/** The outputs of a stack by name. */
export async function outputs(aws: AwsCalls, stack: string): Promise<Answer> {
  const { Stacks } = await aws.call("cloudformation", "describe_stacks", { StackName: stack });
  return Object.fromEntries(Stacks[0].Outputs.map((o: Answer) => [o.OutputKey, o.OutputValue]));
}

/** The keys of all objects in a bucket. */
export async function keysIn(aws: AwsCalls, bucket: string): Promise<string[]> {
  const { Contents = [] } = await aws.call("s3", "list_objects_v2", { Bucket: bucket });
  return Contents.map((object: Answer) => object.Key);
}
