/** `npm run sql -- "select …"`: SQL over the lake of a stage. */
import { runSql } from "./run.ts";

const { stdin, stdout, stderr } = process;
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
// The reader of the rows may have seen enough (`| head`).
stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await runSql(process.argv.slice(2), process.env, {
  stdin,
  out: stdout,
  err: (text) => stderr.write(text),
  terminal: stderr.isTTY ? stderr : undefined,
  signal: stop.signal,
});
