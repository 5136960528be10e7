/**
 * `npm start`: the whole pipeline on this machine. Packages stage `local`, starts what it declares, prints its address,
 * and on SIGINT or SIGTERM stops accepting requests, brings what was accepted into the lake, and ends.
 */
import { resolve } from "node:path";
import { readHostNames } from "./endpoint/host-names.ts";
import { readOptions, UsageError, usage } from "./options.ts";
import { packageStage } from "./package-stage.ts";
import { type Pipeline, startPipeline } from "./start-pipeline.ts";

// Lambda's clock is in UTC, whatever this machine's is; threads use the process's time zone.
process.env.TZ = "UTC";
const root = resolve(import.meta.dirname, "..");

try {
  const given = readOptions(process.argv.slice(2));
  if (given === "help") {
    console.log(usage);
    process.exit(0);
  }
  Object.assign(process.env, given);
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (!(error instanceof UsageError)) process.exit(1);
  console.error(`\n${usage}`);
  process.exit(2);
}

async function main(): Promise<void> {
  const { env } = process;
  checkTimeZone(env.DAYMARK_TIMEZONE);
  const hosts = readHostNames(env.DAYMARK_HOSTS);
  const packaged = await packageStage("local", {
    root,
    onPackaging: () => console.log("Packaging the functions, which takes some seconds when they have changed …"),
  });
  const pipeline = await startPipeline({
    packaged,
    home: env.DAYMARK_HOME || resolve(root, ".daymark"),
    port: readPort("PORT", env.PORT, 3000),
    awsPort: readPort("AWS_PORT", env.AWS_PORT, 4566),
    host: env.DAYMARK_HOST || "127.0.0.1",
    hosts,
  });
  stopOnSignal(pipeline);
  greet(pipeline);
}

function greet({ url, awsUrl, home, timezone }: Pipeline): void {
  // The owner's own keys must not appear on the screen.
  const { DAYMARK_TRUSTED_KEY, DAYMARK_READ_TOKEN } = process.env;
  const key = DAYMARK_TRUSTED_KEY ? '"x-write-key: $DAYMARK_TRUSTED_KEY"' : "'x-write-key: tk_local'";
  const token = DAYMARK_READ_TOKEN ? '"authorization: Bearer $DAYMARK_READ_TOKEN"' : "'authorization: Bearer rt_local'";
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: timezone }).format();
  console.log(`Daymark is ready on ${url}

  write  curl ${url}/v1/events -H ${key} -d '{"name":"click","target":"hello"}'
  read   curl '${url}/v1/metrics/clicks?from=${today}&to=${today}' -H ${token}
  AWS    ${awsUrl} for the AWS CLI: aws --endpoint-url ${awsUrl} firehose list-delivery-streams
  data   ${home}, in days of ${timezone}
`);
}

/**
 * One signal stops it gracefully, a second one at once. From a terminal, the same signal arrives both directly and
 * through npm.
 */
function stopOnSignal(pipeline: Pipeline): void {
  let stoppingSince: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (stoppingSince !== undefined && performance.now() - stoppingSince > 500) process.exit(1);
      if (stoppingSince !== undefined) return;
      stoppingSince = performance.now();
      console.log("Stopping: finishing requests, bringing events into the lake …");
      pipeline[Symbol.asyncDispose]().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error("Cannot stop in good order:", error);
          process.exit(1);
        },
      );
    });
}

function readPort(name: string, value: string | undefined, fallback: number): number {
  if (!value) return fallback;
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`Cannot use ${name}=${value}: a port is a number from 0 to 65535`);
}

function checkTimeZone(zone: string | undefined): void {
  try {
    if (zone) new Intl.DateTimeFormat("en", { timeZone: zone });
  } catch (cause) {
    throw new Error(`Cannot use DAYMARK_TIMEZONE=${zone}: it is no IANA time zone, such as Europe/Berlin`, { cause });
  }
}
