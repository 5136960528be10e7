/** The command line of `npm run import`. */
import { parseArgs } from "node:util";
import type { Format } from "./import-events.ts";

export const usage = `Usage: npm run import -- FILE… [--format combined|ndjson] [--url URL] [--key KEY] [--restart]

Sends the lines of access logs (combined or common format) or of events (one JSON object a line) to Daymark.
FILE may be plain or gzip, and - is standard input. It can be stopped, repeated and resumed: each line counts once.

  --format    what the lines are; guessed from the first one
  --url       where Daymark is; http://127.0.0.1:$PORT, or port 3000
  --key       the trusted key; $DAYMARK_KEY, or tk_local
  --restart   send also what was sent before (it still counts once)
`;

export type ImportOptions = {
  files: string[];
  format?: Format;
  url: string;
  key: string;
  restart: boolean;
  home: string;
};

/** Thrown for a command line that makes no sense; its message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads the command line. "help" when that is asked for. Throws a UsageError. */
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
    key: values.key ?? (env.DAYMARK_KEY || "tk_local"),
    restart: values.restart ?? false,
    home: env.DAYMARK_HOME || ".daymark",
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
        url: { type: "string" },
        key: { type: "string" },
        restart: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    throw new UsageError(`Cannot import: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function readFormat(text: string | undefined): { format?: Format } {
  if (text === undefined) return {};
  if (text === "combined" || text === "ndjson") return { format: text };
  throw new UsageError(`Cannot import: --format "${text}" is neither combined nor ndjson`);
}
