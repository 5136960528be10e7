/** `npm run rebuild -- --from 2020-01-01`: gives a new metric or breakdown its history. */
import { runRebuild } from "./run.ts";

process.exitCode = await runRebuild(process.argv.slice(2), process.env, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
