/**
 * The command line of `npm start`. Each option is a variable of the environment under a shorter name, so that stage
 * `local` is packaged with what was given, whichever way.
 */
import { parseArgs } from "node:util";

type Option = { variable: string; value: string; about: string };

export const options: Readonly<Record<string, Option>> = {
  port: { variable: "PORT", value: "3000", about: "the port of the API and the pages; 0 for any free one" },
  "aws-port": { variable: "AWS_PORT", value: "4566", about: "the port that speaks AWS's protocols" },
  host: { variable: "DAYMARK_HOST", value: "127.0.0.1", about: "the address to listen on" },
  hosts: {
    variable: "DAYMARK_HOSTS",
    value: "NAMES",
    about: "other names by which it may be called, joined by commas",
  },
  home: { variable: "DAYMARK_HOME", value: ".daymark", about: "the folder of the data" },
  timezone: { variable: "DAYMARK_TIMEZONE", value: "Asia/Seoul", about: "the time zone of days; never changes" },
  "write-key": { variable: "DAYMARK_WRITE_KEY", value: "wk_local", about: "the key of pages" },
  "trusted-key": { variable: "DAYMARK_TRUSTED_KEY", value: "tk_local", about: "the key of servers and imports" },
  "read-token": { variable: "DAYMARK_READ_TOKEN", value: "rt_local", about: "the token for reading" },
  "visitor-salt": { variable: "DAYMARK_VISITOR_SALT", value: "vs_local", about: "the secret behind visitors' ids" },
  edge: { variable: "DAYMARK_EDGE", value: "cloudfront", about: "who may say a viewer's country and address, or none" },
  "events-per-minute": {
    variable: "DAYMARK_EVENTS_PER_MINUTE",
    value: "30000",
    about: "the most events of one address, or 0",
  },
  "bytes-per-minute": {
    variable: "DAYMARK_BYTES_PER_MINUTE",
    value: "67108864",
    about: "the most bytes of one address, or 0",
  },
  snapshots: { variable: "DAYMARK_SNAPSHOTS", value: "JSON", about: "databases to copy (docs/sources.md)" },
};

const lines = Object.entries(options).map(([name, { variable, value, about }]) => {
  return `  ${`--${name} ${value}`.padEnd(32)} ${variable.padEnd(27)} ${about}`;
});

export const usage = `Usage: npm start [-- --port 3100 …]

Runs the whole pipeline on this machine until Ctrl-C. Each option can be a variable of the environment instead:

${lines.join("\n")}
`;

/** An invalid command line; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The variables that a command line sets, or "help". Throws a UsageError. */
export function readOptions(args: readonly string[]): Record<string, string> | "help" {
  const values: Record<string, string | boolean | undefined> = parse(args).values;
  if (values.help === true) return "help";
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, { variable }]) => {
      const given = values[name];
      return typeof given === "string" ? [[variable, given]] : [];
    }),
  );
}

function parse(args: readonly string[]) {
  const known = Object.keys(options).map((name) => [name, { type: "string" }] as const);
  try {
    const help = { type: "boolean", short: "h" } as const;
    return parseArgs({ args: [...args], options: { ...Object.fromEntries(known), help } });
  } catch (cause) {
    throw new UsageError(`Cannot start: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
