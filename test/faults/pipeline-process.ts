/** `npm start` in its own process, to be killed: local/main.ts without npm around it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { FaultRule } from "../../local/faults.ts";

const root = resolve(import.meta.dirname, "../..");

export type PipelineProcess = {
  url: string;
  awsUrl: string;
  /** Resolves with how it ended. */
  ended: Promise<string>;
  isAlive(): boolean;
  kill(signal: NodeJS.Signals): void;
  setFaults(rules: readonly FaultRule[]): Promise<void>;
  runBatch(): Promise<void>;
};

/**
 * Starts the pipeline in a home, with its clock shifted by `clockShift` ms. Resolves when it is ready; rejects with its
 * output if it ends before that.
 */
export async function startPipelineProcess(home: string, clockShift = 0): Promise<PipelineProcess> {
  const child = spawn(process.execPath, [...shiftClock(clockShift), join(root, "local/main.ts")], {
    cwd: root,
    env: { ...process.env, PORT: "0", AWS_PORT: "0", DAYMARK_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output = (output + chunk).slice(-4000);
    });
  const ended = new Promise<string>((done) => child.once("close", (code, signal) => done(signal ?? String(code))));
  const ready = await Promise.race([untilReady(child, () => output), ended.then(() => undefined)]);
  if (ready === undefined) throw new Error(`Cannot start the pipeline in ${home}: ${await ended} ${output}`);
  const { url, awsUrl } = ready;
  return {
    url,
    awsUrl,
    ended,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    kill: (signal) => void child.kill(signal),
    setFaults: (rules) => post(`${awsUrl}/_daymark/faults`, rules),
    runBatch: () => post(`${awsUrl}/2015-03-31/functions/batch/invocations`, {}),
  };
}

function shiftClock(ms: number): string[] {
  const file = pathToFileURL(join(import.meta.dirname, "shifted-clock.ts")).href;
  return ms === 0 ? [] : [`--import=${file}?ms=${ms}`];
}

async function untilReady(child: ChildProcess, output: () => string) {
  for (;;) {
    const url = /Daymark is ready on (\S+)/.exec(output())?.[1];
    const awsUrl = /AWS +(http\S+)/.exec(output())?.[1];
    if (url !== undefined && awsUrl !== undefined) return { url, awsUrl };
    await new Promise((done) => child.stdout?.once("data", done));
  }
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Cannot post to ${url}: ${answer.status} ${text}`);
}
