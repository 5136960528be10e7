/** The command line of `npm run sql`. */
import { parseArgs } from "node:util";
import { type Format, formatNames } from "./formats.ts";

export const usage = `Usage: npm run sql -- "SELECT …" [--stage STAGE] [--format table|csv|json|parquet] [--output FILE]
       npm run sql -- --file query.sql
       npm run sql < query.sql

Runs SQL over a stage's lake by Athena, and prints the rows. Without --stage, the lake is that of \`npm start\`.
Tables and columns are in docs/lake.md.

  --file      read the statement from a file, or - for standard input
  --param     a value for a ? of the statement, as SQL: --param "'click'" --param 3 (repeat it for each ?)
  --format    table, csv, json (an array of objects), or parquet (needs --output); table
  --output    write the rows to a file
  --stage     the deployed stage to ask, with the AWS credentials and region of your environment; local
  --url       where AWS is, for a stage that runs elsewhere; $AWS_ENDPOINT_URL, for local http://127.0.0.1:$AWS_PORT or port 4566

Progress, the number of rows and the bytes read go to standard error. Ends with 0, or 1 when the query failed, or 2 when the
command makes no sense.
`;

export type SqlOptions = {
  /** Undefined for standard input. */
  text: string | undefined;
  file: string | undefined;
  params: string[];
  format: Format;
  output: string | undefined;
  stage: string;
  /** Undefined for AWS's own. */
  url: string | undefined;
};

/** Thrown for an invalid command line; its message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type Environment = Record<string, string | undefined>;

/** Reads the command line. Returns "help" if help is requested. Throws a UsageError. */
export function readArguments(args: string[], env: Environment): SqlOptions | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (positionals.length > 0 && values.file !== undefined)
    throw new UsageError("Cannot run: there is a statement and a --file, and only one can be run");
  const format = readFormat(values.format ?? "table");
  if (format === "parquet" && values.output === undefined)
    throw new UsageError("Cannot run: --format parquet needs an --output file");
  const stage = values.stage ?? "local";
  if (!/^[a-z][a-z0-9-]*$/.test(stage)) throw new UsageError(`Cannot run: --stage "${stage}" is no name of a stage`);
  return {
    // An unquoted statement arrives as several arguments.
    text: positionals.length > 0 ? positionals.join(" ") : undefined,
    file: values.file === "-" ? undefined : values.file,
    params: values.param ?? [],
    format,
    output: values.output,
    stage,
    url: readUrl(values.url ?? (env.AWS_ENDPOINT_URL || undefined), stage, env),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        file: { type: "string", short: "f" },
        param: { type: "string", multiple: true },
        format: { type: "string" },
        output: { type: "string", short: "o" },
        stage: { type: "string" },
        url: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    throw new UsageError(`Cannot run: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function readFormat(text: string): Format {
  const format = formatNames.find((name) => name === text);
  if (format !== undefined) return format;
  throw new UsageError(`Cannot run: --format "${text}" is none of ${formatNames.join(", ")}`);
}

function readUrl(url: string | undefined, stage: string, env: Environment): string | undefined {
  if (url === undefined) return stage === "local" ? `http://127.0.0.1:${env.AWS_PORT || 4566}` : undefined;
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UsageError(`Cannot run: --url "${url}" is no address`);
}
