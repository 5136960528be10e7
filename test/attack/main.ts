/**
 * `npm run test:attack`: hostile clients next to an honest one for ten minutes; `-- --seconds 20` for less. Ends with 1
 * if a promise is broken.
 */
import { readOptions } from "../../tools/options.ts";
import { attack, failuresOf } from "./attack.ts";

const usage = `Usage: npm run test:attack [-- --seconds 600]

Starts Daymark, lets hostile clients loose on it, and looks whether an honest one notices.`;
const { seconds } = readOptions(usage, { seconds: 600 });
const result = await attack(seconds);
console.log(result);
const failures = failuresOf(result, seconds);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
