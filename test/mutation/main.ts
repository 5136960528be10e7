/**
 * `npm run test:mutation`: changes the code that counts and decides (listed in stryker.config.json) in a few thousand
 * places, one at a time, and checks whether a fast test notices. Ends with 1 if a change goes unnoticed without a
 * reason in reasons.json, or if a reason there is no longer needed. Takes half an hour.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { run } from "../../bench/process/child.ts";
import { judge, type Reason, type Report } from "./judge.ts";

const root = resolve(import.meta.dirname, "../..");
const stryker = run([resolve(root, "node_modules/.bin/stryker"), "run", ...process.argv.slice(2)]);
for (const stream of [stryker.process.stdout, stryker.process.stderr])
  stream?.on("data", (text) => process.stdout.write(text));
if ((await stryker.ended) !== 0) process.exit(1);

const report: Report = JSON.parse(await readFile(resolve(root, ".build/mutation.json"), "utf8"));
const reasons: Reason[] = JSON.parse(await readFile(resolve(import.meta.dirname, "reasons.json"), "utf8"));
const { counts, failures } = judge(report, reasons);
console.log(
  Object.entries(counts)
    .map(([status, count]) => `${status} ${count}`)
    .join(", "),
);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
