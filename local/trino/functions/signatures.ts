/** Signatures as Trino writes them, `element_at(array(T), bigint) T`, and which of them match a call. */
import { coerce } from "../casts.ts";
import type { Typed } from "../typed.ts";
import { asDecimal, commonType, inner, isInteger, isNumber, type Type, turnsInto, unknown } from "../types.ts";

/** A type with variables, which are single capital letters. Decimals, times and texts may have any size. */
type Pattern = { name: string; of: Pattern[] };
export type Signature = { name: string; params: Pattern[]; result: Pattern; emit: Emit };
/** DuckDB's SQL with $1… as the arguments, or a function that makes it, and may also return its type. */
export type Emit = string | ((args: Typed[]) => string | Typed);

export function readSignature(text: string, emit: Emit): Signature {
  const [, name = "", params = "", result = ""] = /^(\w+)\((.*)\) ([^ ].*)$/.exec(text) ?? [];
  return { name, params: splitTypes(params).map(readPattern), result: readPattern(result), emit };
}

function readPattern(text: string): Pattern {
  const [, name = text, of = ""] = /^(\w+)\((.*)\)$/.exec(text) ?? [];
  return { name, of: splitTypes(of).map(readPattern) };
}

function splitTypes(text: string): string[] {
  const parts = text.match(/[^,()]+(?:\((?:[^()]|\([^()]*\))*\))?/g) ?? [];
  return parts.map((part) => part.trim());
}

/** The call, by a matching signature: one without conversions if possible, otherwise the first match. */
export function applySignature(signatures: readonly Signature[], args: Typed[]): Typed | undefined {
  for (const converts of [false, true])
    for (const signature of signatures) {
      if (signature.params.length !== args.length) continue;
      const variables = new Map<string, Type>();
      const isFitting = signature.params.every((param, i) =>
        fits(args[i]?.type ?? unknown, param, variables, converts),
      );
      if (isFitting) return emit(signature, args, variables);
    }
  return undefined;
}

function emit({ params, result, emit }: Signature, args: Typed[], variables: Map<string, Type>): Typed {
  const bound = args.map((arg, i): Typed => {
    const type = typeFor(params[i] ?? result, arg.type, variables);
    return { ...arg, type, sql: coerce(arg, type) };
  });
  const type = typeFor(result, unknown, variables);
  if (typeof emit === "string")
    return { type, sql: emit.replace(/\$(\d)/g, (_, n) => bound[Number(n) - 1]?.sql ?? "") };
  const made = emit(bound);
  return typeof made === "string" ? { type, sql: made } : made;
}

function fits(type: Type, pattern: Pattern, variables: Map<string, Type>, converts: boolean): boolean {
  const { name, of } = pattern;
  if (isVariable(name)) {
    const before = variables.get(name);
    const common = before ? commonType(before, type) : type;
    if (common) variables.set(name, common);
    return common !== undefined;
  }
  // Trino has rules of its own for which of several functions a bare NULL means.
  if (type.name === "unknown") return false;
  if (type.name === name) return of.every((one, i) => fits(inner(type, i), one, variables, converts));
  return converts && converted(type, name);
}

function isVariable(name: string): boolean {
  return /^[A-Z]$/.test(name);
}

function converted(type: Type, name: string): boolean {
  if (name === "decimal") return isInteger(type);
  if (name === "timestamp") return type.name === "date";
  // Trino has other functions for reals, which return reals.
  return isNumber(type) && type.name !== "real" && turnsInto(type, { name });
}

/** The type to which an argument is converted. */
function typeFor({ name, of }: Pattern, given: Type, variables: Map<string, Type>): Type {
  if (isVariable(name)) return variables.get(name) ?? unknown;
  if (of.length > 0) return { name, of: of.map((one, i) => typeFor(one, inner(given, i), variables)) };
  if (name === "decimal") return given.name === "unknown" ? { name, precision: 1, scale: 0 } : asDecimal(given);
  if (name === "timestamp") return { name, precision: given.precision ?? 0 };
  return given.name === name ? given : { name };
}
