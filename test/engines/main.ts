/**
 * `npm run test:engines`: independent engines read the lake that the pipeline wrote, and their answers are compared
 * with the local ones. `-- trino` runs one part only. A part whose programs are missing is skipped and says so. Ends
 * with 1 if something did not hold.
 */
import { readOptions } from "../../tools/options.ts";
import { clients } from "./clients/part.ts";
import { type Lake, makeLake } from "./lake.ts";
import type { Context, Part } from "./part.ts";
import { isThere } from "./program.ts";
import { readers } from "./readers/part.ts";
import { trino } from "./trino/part.ts";

const parts: readonly Part[] = [readers, clients, trino];
const usage = `Usage: npm run test:engines [-- --seed 1 --statements 500] [${parts.map(({ name }) => name).join(" | ")}]

Lets other engines read the lake that the pipeline wrote, and compares. Fetches them by name into .engines/ at first.`;

const { seed, statements, names } = readOptions(
  usage,
  { seed: 1, statements: 500 },
  { names: parts.map(({ name }) => name) },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const chosen = parts.filter(({ name }) => names.length === 0 || names.includes(name));
const failures = await runParts(chosen);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);

async function runParts(all: readonly Part[]): Promise<string[]> {
  let lake: Promise<Lake> | undefined;
  const failures: string[] = [];
  try {
    for (const part of all) {
      const say = (line: string) => console.log(`${part.name}: ${line}`);
      const absent = part.needs.find((program) => !isThere(program));
      if (absent !== undefined) {
        say(`skipped, since there is no ${absent} on this machine`);
        continue;
      }
      const context: Context = { lake: () => (lake ??= makeLake(seed, say)), say, seed, statements };
      failures.push(...(await runPart(part, context)));
    }
  } finally {
    await (await lake?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
  return failures;
}

async function runPart(part: Part, context: Context): Promise<string[]> {
  const start = performance.now();
  try {
    const found = await part.run(context);
    context.say(`done in ${((performance.now() - start) / 1000).toFixed(0)} s, ${found.length} differences`);
    return found.map((line) => `${part.name}: ${line}`);
  } catch (error) {
    return [`${part.name}: ${error instanceof Error ? error.stack : error}`];
  }
}
