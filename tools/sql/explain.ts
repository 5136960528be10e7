/** Explains an error to whoever typed the statement: the reason, and the position in the text if Athena names one. */
import { QueryFailed } from "./query.ts";

export type Asked = { text: string; stage: string; url: string | undefined };

/** The lines to print for an error. */
export function explain(error: unknown, asked: Asked): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof QueryFailed) return `Cannot run the query: ${message}\n${pointAt(message, asked.text)}`;
  const code = codeOf(error);
  if (code === "ECONNREFUSED" && asked.url !== undefined)
    return `Cannot reach ${asked.url}: nothing listens there. ${asked.stage === "local" ? "Is npm start running? (AWS_PORT says where)" : ""}\n`;
  const hint = hints.find(([pattern]) => pattern.test(`${name}: ${message}`))?.[1];
  return `Cannot ask stage ${asked.stage}: ${message}${hint === undefined ? "" : `\n${hint}`}\n`;
}

/** Errors of the SDK and of Athena that say little to somebody who has not finished the setup. */
const hints: [RegExp, string][] = [
  [/Region is missing/, "Set AWS_REGION, or a profile with a region (AWS_PROFILE)."],
  [
    /^CredentialsProviderError/,
    "Set AWS credentials as for the AWS CLI: AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  ],
  [/^InvalidRequestException: WorkGroup/, "Is the stage deployed in this account and region?"],
];

/** The line to which a reason such as `SYNTAX_ERROR: line 3:8: …` refers, with a mark below the position. */
function pointAt(reason: string, text: string): string {
  const [, line, column] = /\bline (\d+):(\d+)\b/.exec(reason) ?? [];
  const source = text.split("\n")[Number(line) - 1];
  if (source === undefined || column === undefined || Number(column) > source.length + 1) return "";
  // Tabs stay tabs, so that the mark is in the right column whatever their width.
  const blanks = source.slice(0, Number(column) - 1).replace(/[^\t]/g, " ");
  return `\n  ${source}\n  ${blanks}^\n`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
