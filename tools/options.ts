/**
 * The command lines of the measuring and testing tools: a tool's options are given as their defaults. An error ends the
 * tool with 2.
 */
import { parseArgs } from "node:util";

type Defaults = Record<string, number | string | boolean>;
type Values<D extends Defaults> = {
  [N in keyof D]: D[N] extends number ? number : D[N] extends boolean ? boolean : string;
};
type Rules<D extends Defaults> = {
  /** The maximum of an option; 1,000,000,000 if absent. */
  most?: Partial<Record<keyof D, number>>;
  /** The names that may be given besides the options; none if absent. */
  names?: readonly string[];
};

/** An invalid command line; the message says why. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

/** Prints `usage` for `--help`, or after an error in the command line, and then ends the program. */
export function readOptions<D extends Defaults>(usage: string, defaults: D, rules: Rules<D> = {}) {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return parseOptions(args, defaults, rules);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/**
 * The options' values, and the names that were given. An option whose default is NaN may be omitted. Throws an
 * OptionsError.
 */
export function parseOptions<D extends Defaults>(
  args: readonly string[],
  defaults: D,
  { most = {}, names }: Rules<D> = {},
): Values<D> & { names: string[] } {
  const { values, positionals } = parse(args, defaults, names !== undefined);
  const unknown = positionals.find((name) => !names?.includes(name));
  if (unknown !== undefined) throw new OptionsError(`Cannot run "${unknown}": there are ${names?.join(", ")}`);
  const read = Object.entries(defaults).map(([name, value]) => {
    const given = values[name];
    return [
      name,
      typeof value === "number" && given !== undefined ? toNumber(name, `${given}`, most[name]) : (given ?? value),
    ];
  });
  return { ...Object.fromEntries(read), names: positionals };
}

function parse(args: readonly string[], defaults: Defaults, allowPositionals: boolean) {
  const options = Object.entries(defaults).map(([name, value]) => {
    return [name, { type: typeof value === "boolean" ? "boolean" : "string" }] as const;
  });
  try {
    return parseArgs({ args: [...args], allowPositionals, options: Object.fromEntries(options) });
  } catch (cause) {
    throw new OptionsError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function toNumber(name: string, text: string, most = 1e9): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && number <= most) return number;
  throw new OptionsError(`Cannot use --${name} "${text}": it is a number from 0 to ${most}`);
}
