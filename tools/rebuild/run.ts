/** The rebuild command: asks a stage's batch to roll days up again, until none waits any more. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { z } from "zod";
import { OptionsError, parseOptions } from "../options.ts";

export type Io = { out(text: string): void; err(text: string): void };
export type Days = { from: string; to: string };
/** What a run of the batch did. */
const run = z.object({ sealed: z.array(z.string()), waiting: z.array(z.string()), failed: z.array(z.string()) });
type Run = z.infer<typeof run>;

export const usage = `Usage: npm run rebuild -- --from 2020-01-01 [--to 2026-11-21] [--stage STAGE] [--url URL]

Rolls sealed days up again, so that a new metric or breakdown has its history. An answer that lacks days names them
("rebuild"). --to is yesterday if it is missing. Without --stage, the stage is that of npm start, at --url or $AWS_PORT; any other
is asked with the AWS credentials and region of your environment.
`;

const DAY_MS = 86_400_000;
/** A run of the batch ends after 15 minutes, and says which days are left. */
const RUN_MS = 16 * 60_000;

/** Returns 0 if all days are rolled up, 1 if some failed or the batch did, 2 for an invalid command line. */
export async function runRebuild(args: readonly string[], env: NodeJS.ProcessEnv, io: Io): Promise<0 | 1 | 2> {
  if (args.includes("--help") || args.includes("-h")) {
    io.out(usage);
    return 0;
  }
  try {
    const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
    const { from, to, stage, url } = parseOptions(args, { from: "", to: yesterday, stage: "local", url: "" });
    if (from === "") throw new OptionsError("Cannot rebuild: --from says the first day, as 2020-01-01");
    const client = createClient(stage, url || env.AWS_ENDPOINT_URL, env);
    return await rebuild({ from, to }, (days) => invoke(client, `daymark-${stage}-batch`, days), io);
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : error}\n`);
    if (error instanceof OptionsError) io.err(`\n${usage}`);
    return error instanceof OptionsError ? 2 : 1;
  }
}

/** Runs the batch again as long as it leaves fewer days. */
export async function rebuild(days: Days, ask: (days: Days) => Promise<Run>, io: Io): Promise<0 | 1> {
  let left = Number.POSITIVE_INFINITY;
  for (let { from } = days; ; ) {
    const { sealed, waiting, failed } = await ask({ from, to: days.to });
    io.out(`Rolled up ${sealed.length} days, ${waiting.length} wait, ${failed.length} failed\n`);
    for (const day of failed) io.err(`Cannot roll up ${day}: the batch's log says why\n`);
    const [next] = waiting.toSorted();
    if (failed.length > 0) return 1;
    if (next === undefined) return 0;
    if (waiting.length >= left) {
      io.err(`${waiting.length} days still wait, from ${next} on: run the same command again later\n`);
      return 1;
    }
    [from, left] = [next, waiting.length];
  }
}

async function invoke(client: LambdaClient, name: string, days: Days): Promise<Run> {
  const Payload = JSON.stringify({ rebuild: days });
  const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload })).catch((cause: Error) => {
    throw new Error(
      `Cannot reach ${name}: ${cause.message || cause.name}. Is it there, and is --url or AWS_PORT right?`,
      {
        cause,
      },
    );
  });
  const text = answer.Payload?.transformToString() ?? "";
  if (answer.FunctionError !== undefined) throw new Error(`Cannot rebuild: ${errorIn(text)}`);
  return run.parse(JSON.parse(text));
}

function errorIn(text: string): string {
  const parsed = z.object({ errorMessage: z.string() }).safeParse(JSON.parse(text));
  return parsed.success ? parsed.data.errorMessage : text.slice(0, 300);
}

function createClient(stage: string, url: string | undefined, env: NodeJS.ProcessEnv): LambdaClient {
  const patience = { requestHandler: { requestTimeout: RUN_MS, throwOnRequestTimeout: true }, maxAttempts: 1 };
  if (stage !== "local") return new LambdaClient({ ...patience, ...(url && { endpoint: url }) });
  return new LambdaClient({
    ...patience,
    endpoint: url || `http://127.0.0.1:${env.AWS_PORT || 4566}`,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
}
