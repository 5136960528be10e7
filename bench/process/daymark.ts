/** A complete Daymark in its own process and home, as `npm start` runs it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { metricAnswer } from "../../src/schemas/api/answer.ts";
import { type Child, end, run, said } from "./child.ts";

export type Daymark = { url: string; awsUrl: string; home: string; child: Child } & AsyncDisposable;

type Answer = ReturnType<typeof metricAnswer.parse>;

/** Creates a folder that is removed on disposal. */
export async function makeFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "daymark-bench-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The machine is measured: its only sender may send as much as the machine accepts. */
const noBudget = { DAYMARK_EVENTS_PER_MINUTE: "0", DAYMARK_BYTES_PER_MINUTE: "0" };

/** Starts it on free ports with `home`, adding `env` to what `npm start` sets; disposing ends it gracefully. */
export async function startDaymark(home: string, env: Record<string, string> = noBudget): Promise<Daymark> {
  const child = run(["local/main.ts"], { env: { ...env, PORT: "0", AWS_PORT: "0", DAYMARK_HOME: home } });
  const url = await said(child, /Daymark is ready on (\S+)/);
  const awsUrl = await said(child, /AWS +(\S+)/);
  return { url, awsUrl, home, child, [Symbol.asyncDispose]: () => end(child) };
}

/** Asks the API with the read token of stage `local`, again while it answers 202. */
export async function ask(url: string, path: string): Promise<Answer> {
  for (;;) {
    const response = await fetch(`${url}${path}`, { headers: { authorization: "Bearer rt_local" } });
    if (response.status === 200) return metricAnswer.parse(await response.json());
    const text = await response.text();
    if (response.status !== 202) throw new Error(`Cannot ask ${path}: ${response.status} ${text}`);
  }
}
