/** The import command as a function from the command line and the environment to the exit code. */
import { type ImportOptions, readArguments, UsageError, usage } from "./args.ts";
import { createClient } from "./client.ts";
import { createDayGate } from "./days.ts";
import { createEqualLines } from "./equal-lines.ts";
import { importFile } from "./file.ts";
import { createCounts, showProgress, summary } from "./report.ts";

export type Output = { out(text: string): void; err(text: string): void; terminal?: { columns: number } | undefined };

/**
 * Imports each file in turn. Returns 0 if every line was answered, including rejected ones; 1 if the import could not
 * continue (the same command then resumes it); 2 for an invalid command line.
 */
export async function runImport(args: string[], env: NodeJS.ProcessEnv, output: Output): Promise<0 | 1 | 2> {
  try {
    const options = readArguments(args, env);
    if (options === "help") output.out(usage);
    else await importAll(options, output);
    return 0;
  } catch (error) {
    output.err(`${error instanceof Error ? error.message : error}\n`);
    if (error instanceof UsageError) output.err(`\n${usage}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function importAll(options: ImportOptions, output: Output): Promise<void> {
  const equal = options.source === undefined && options.files.length > 1 ? createEqualLines() : undefined;
  for (const path of options.files) {
    const file = equal?.nextFile();
    await importOne(path, { ...options, ...(file && { onLine: file.add }) }, output);
    const count = file?.count() ?? 0;
    if (count > 0)
      output.out(`  lines that are equal to some of a file before ${count.toLocaleString("en-US")}: ${counted}\n`);
  }
}

const counted = "they count once; if another server wrote them, import its log with --source NAME";

type OneFile = ImportOptions & { onLine?: (digest: string) => void };

async function importOne(path: string, options: OneFile, output: Output): Promise<void> {
  const name = path === "-" ? "standard input" : path;
  const counts = createCounts();
  const shown = showProgress(name, counts, output);
  const client = createClient({ ...options, onWait: (reason) => shown.note(`waiting, because ${reason}`) });
  try {
    const days = await createDayGate({ ...options, atOnce: options.days }, client, { counts, note: shown.note });
    await importFile({ ...options, path, days }, client, counts);
    output.out(`${summary(name, counts, shown.stop())}\n`);
  } catch (error) {
    const seconds = shown.stop();
    const isBegun = counts.lines > 0;
    if (isBegun)
      output.err(`${summary(name, counts, seconds)}\n${name}: stopped; the same command goes on where it was\n`);
    throw error;
  }
}
