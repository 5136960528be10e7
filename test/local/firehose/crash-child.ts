/**
 * A Firehose under load in its own process, to be killed: puts records with rising numbers, prints `acked <n>` for each
 * acknowledged one, and `batch <json>` for each call of the function. Arguments: home, first number, fault rules.
 */
import { writeSync } from "node:fs";
import { openDatabase } from "../../../local/duckdb/database.ts";
import { createFaults } from "../../../local/faults.ts";
import { startFirehose } from "../../../local/firehose/service.ts";
import { encode, passThrough, streamDescription, type TransformEvent } from "./fixtures.ts";

const [home = "", first = "0", rules = "[]", mode = "load"] = process.argv.slice(2);
const faults = createFaults();
const database = await openDatabase({ home, threads: 1 });
const firehose = await startFirehose({
  home,
  database,
  faults,
  streams: [
    streamDescription({
      processor: { functionName: "stream", bufferSizeInMBs: 0.005, bufferIntervalInSeconds: 0.01, numberOfRetries: 5 },
    }),
  ],
  invoke: async (name, payload) => {
    // Not with console.log: what was printed before a SIGKILL must have left the process.
    writeSync(1, `batch ${JSON.stringify((payload as TransformEvent).records)}\n`);
    return await passThrough(name, payload);
  },
  tuning: { retryDelayMs: 5 },
});
faults.set(JSON.parse(rules));
if (mode === "drain") await firehose.flush({ timeoutMs: 20_000 });
else await Promise.all([0, 1, 2].map(load));
await firehose[Symbol.asyncDispose]();
process.exit(0);

/** Puts records one call after the other; no two lanes use the same number. */
async function load(lane: number): Promise<void> {
  for (let call = 0; ; call++) {
    const numbers = [0, 1, 2].map((index) => Number(first) + (call * 3 + lane) * 3 + index);
    const Records = numbers.map((number) => ({
      Data: encode({ day: `2026-11-${20 + (number % 3)}`, name: `n${number}`, amount: number }),
    }));
    try {
      await firehose.service.operations.PutRecordBatch?.({ DeliveryStreamName: "events", Records });
      writeSync(1, `acked ${numbers.join(" ")}\n`);
    } catch {
      // Not acknowledged: it may be there or not.
    }
  }
}
