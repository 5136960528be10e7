/** AWS as the tests see it: through AWS's own Python client, so that nothing they see depends on Daymark's code. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

// biome-ignore lint/suspicious/noExplicitAny: answers of forty operations; the tests say what they expect of each
export type Answer = any;
export type Credentials = { aws_access_key_id: string; aws_secret_access_key: string; aws_session_token?: string };
export type AwsCalls = AsyncDisposable & {
  /** `operation` as botocore spells it (`list_objects_v2`). Rejects with an error whose `name` is AWS's code. */
  call: (service: string, operation: string, parameters?: object) => Promise<Answer>;
  /** The same with somebody else's credentials. */
  callAs: (credentials: Credentials, service: string, operation: string, parameters?: object) => Promise<Answer>;
};

/** Starts the client with an environment that says where AWS is and who calls. */
export function startAwsCalls(python: string, env: Record<string, string>): AwsCalls {
  const program = resolve(import.meta.dirname, "aws_calls.py");
  const child = spawn(python, [program], { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const waiting: ((line: string) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.(line));

  async function send(call: object): Promise<Answer> {
    const line = await new Promise<string>((done, fail) => {
      waiting.push(done);
      void ended.then(() => fail(new Error("Cannot call AWS: its client has ended")));
      child.stdin.write(`${JSON.stringify(call)}\n`);
    });
    const { value, error } = JSON.parse(line);
    if (error) throw Object.assign(new Error(error.message), { name: error.code });
    return value;
  }

  return {
    call: (service, operation, parameters = {}) => send({ service, operation, parameters }),
    callAs: (credentials, service, operation, parameters = {}) => send({ service, operation, parameters, credentials }),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** The bytes of an answer (`{"$bytes"}`) as text. */
export function asText(answer: Answer): string {
  return Buffer.from(answer.$bytes, "base64").toString("utf8");
}
