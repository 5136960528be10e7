/** The command line of `npm run import`. */
import { parseArgs } from "node:util";
import { type Format, formatOf, formats } from "./events.ts";

export const usage = `Usage: npm run import -- FILE… [--format FORMAT] [--source NAME] [--url URL] [--key KEY] [--days N] [--before-2000]
                              [--finished] [--restart]

Sends the lines of access logs, or of events (one JSON object a line), to Daymark. FILE may be plain or gzip, and - is standard
input. It can be stopped, repeated and resumed: each line counts once.

  --format    what the lines are; told from the first ones. One of
${formats.map(({ name, title }) => `                ${name.padEnd(9)} ${title}`).join("\n")}
              or the server's own log_format: '$remote_addr [$time_local] "$request" $status', '%h %t "%r" %>s'
  --source    the server whose log it is, where several write equal lines: those count once for each
  --url       where Daymark is; http://127.0.0.1:$PORT, or port 3000
  --key       the trusted key; $DAYMARK_KEY, $DAYMARK_TRUSTED_KEY, or tk_local
  --days      how many days may be under way at once; 400, as Firehose takes 500 of a stream unless AWS has raised its limit
  --before-2000   take lines from before 2000, which otherwise are refused as mistakes (then again with --restart)
  --finished  read the last line, too, if it has no line end; without this it waits for one if it may be cut off
  --restart   send also what was sent before (it still counts once)
`;

export type ImportOptions = {
  files: string[];
  format?: Format;
  source?: string;
  url: string;
  key: string;
  restart: boolean;
  before2000: boolean;
  finished: boolean;
  days?: number;
  home: string;
};

/** Thrown for an invalid command line; its message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the command line. Returns "help" if help is requested. Throws a UsageError. */
export function readArguments(args: string[], env: Record<string, string | undefined>): ImportOptions | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (positionals.length === 0) throw new UsageError("Cannot import: no FILE is given");
  const url = values.url ?? `http://127.0.0.1:${env.PORT || 3000}`;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new UsageError(`Cannot import: --url "${url}" is no address`);
  return {
    files: positionals,
    url,
    key: values.key ?? (env.DAYMARK_KEY || env.DAYMARK_TRUSTED_KEY || "tk_local"),
    restart: values.restart ?? false,
    before2000: values["before-2000"] ?? false,
    finished: values.finished ?? false,
    home: env.DAYMARK_HOME || ".daymark",
    ...(values.source === undefined ? {} : { source: values.source }),
    ...readDays(values.days),
    ...readFormat(values.format),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        format: { type: "string" },
        source: { type: "string" },
        url: { type: "string" },
        key: { type: "string" },
        days: { type: "string" },
        restart: { type: "boolean" },
        "before-2000": { type: "boolean" },
        finished: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    throw new UsageError(`Cannot import: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function readDays(text: string | undefined): { days?: number } {
  if (text === undefined) return {};
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days < 1) throw new UsageError(`Cannot import: --days "${text}" is no number of days from 1 to 99999`);
  return { days };
}

function readFormat(text: string | undefined): { format?: Format } {
  if (text === undefined) return {};
  try {
    return { format: formatOf(text) };
  } catch (cause) {
    throw new UsageError(`Cannot import: --format: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
