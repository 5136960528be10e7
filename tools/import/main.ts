/** `npm run import -- FILE…`: history from access logs and files of events. */
import { runImport } from "./run.ts";

const { stderr, stdout } = process;
process.exitCode = await runImport(process.argv.slice(2), process.env, {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
  terminal: stderr.isTTY ? stderr : undefined,
});
