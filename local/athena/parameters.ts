/**
 * ExecutionParameters: each `?` outside quotes and comments is replaced by the parameter's text, as in Athena. A
 * parameter must be a literal, so a string includes its quotes.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
 */
import { AthenaFailure } from "./failure.ts";

const string = "'[^']*(?:''[^']*)*'";
const plain = String.raw`(?:(?:DATE|TIMESTAMP)\s+)?${string}|[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|TRUE|FALSE|NULL`;
const literal = new RegExp(
  String.raw`^\s*(?:${plain}|CAST\s*\(\s*(?:${plain})\s+AS\s+[\w ]+(?:\(\d+(?:,\s*\d+)?\))?\s*\))\s*$`,
  "i",
);
const parts = /'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g;

/** The query with its parameters inserted. Throws if there are too few or too many, or if one is not a literal. */
export function bindParameters(query: string, parameters: readonly string[] = []): string {
  for (const [index, parameter] of parameters.entries())
    if (!literal.test(parameter))
      throw new AthenaFailure("SYNTAX_ERROR", `Parameter ${index + 1} is not a literal: ${parameter.slice(0, 40)}`);
  let used = 0;
  const bound = query.replace(parts, (part) => (part === "?" ? ` ${parameters[used++] ?? "?"} ` : part));
  if (used === parameters.length) return bound;
  throw new AthenaFailure(
    "INVALID_PARAMETER_USAGE",
    `line 1:1: Incorrect number of parameters: expected ${used} but found ${parameters.length}`,
  );
}
