/** What a cold start of the collect function costs before it can answer: bytes to load, and time beyond Node's own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { packageStage } from "../../local/package-stage.ts";
import { root } from "../process/child.ts";
import type { Bench } from "../report.ts";
import { collectEnvironment } from "./collect-cpu.ts";
import { inTurns } from "./rounds.ts";

const SPAWNS = 21;
const sayReady = `process.stdout.write("ready")`;

export const startUp: Bench = {
  title: "collect function, from nothing to ready",
  async run() {
    const packaged = await packageStage("local", { root });
    const bundle = packaged.bundle("collect", "src/handlers/collect.handler");
    const ms = await inTurns(SPAWNS, {
      handler: () =>
        msToReady(`if (typeof require(process.argv[1]).handler !== "function") throw 0; ${sayReady}`, bundle),
      empty: () => msToReady(sayReady, bundle),
    });
    return [
      { what: "collect bundle, minified", measured: (await stat(bundle)).size / 1024, unit: "KB", atMost: 450 },
      { what: "spawn to handler ready, beyond an empty Node", measured: ms.handler - ms.empty, unit: "ms", atMost: 60 },
      { what: "  an empty Node process", measured: ms.empty, unit: "ms", note: `medians of ${SPAWNS} spawns in turns` },
    ];
  },
};

async function msToReady(script: string, bundle: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["-e", script, bundle], {
    env: { ...collectEnvironment, AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  await Promise.race([once(child.stdout, "data"), ended]);
  const ms = performance.now() - startedAt;
  const [code] = await ended;
  if (code !== 0) throw new Error(`Cannot measure the start: the process ended with ${code}`);
  return ms;
}
