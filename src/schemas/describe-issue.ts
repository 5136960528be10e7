/** Describes what is wrong with an event for its sender: the field, what it must hold, and (shortened) what it held. */
import type { FieldError } from "./api/collect-answer.ts";
import { escapeControls } from "./clean-text.ts";
import { expected } from "./events/fields.ts";
import { otherUnit } from "./instant.ts";

const MAX_SHOWN = 60;
const MAX_ERRORS = 10;

/** One error for each field that zod reports, at most ten. */
export function describeIssues(issues: readonly { path: PropertyKey[] }[], input: unknown): FieldError[] {
  const fields = [...new Set(issues.map((issue) => String(issue.path[0] ?? "")))];
  return fields.slice(0, MAX_ERRORS).map((field) => wrongField(field, field === "" ? input : heldBy(input, field)));
}

type RequestIssue = {
  path: readonly PropertyKey[];
  message: string;
  code?: string | undefined;
  keys?: readonly string[];
};

/** Describes what is wrong with a function's input in one line: each field by its path, and what it held. */
export function describeRequest(issues: readonly RequestIssue[], input: unknown): string {
  return issues
    .slice(0, MAX_ERRORS)
    .flatMap(({ path, message, code, keys = [] }) => {
      const names = path.map(String);
      if (code === "unrecognized_keys") return keys.map((key) => `${[...names, key].join(".")} is not known`);
      const name = names.join(".") || "the input";
      const held = show(path.reduce<unknown>((value, key) => heldBy(value, String(key)), input));
      return [message === "Invalid input" ? `${name} cannot be ${held}` : `${name}, ${held}: ${message}`];
    })
    .join("; ");
}

/** The error for a field that must not hold `value`. */
export function wrongField(field: string, value: unknown): FieldError {
  const guess = times.has(field) ? guessTime(value) : "";
  return { path: field, message: `Expected ${expected.get(field) ?? "something else"}, got ${show(value)}${guess}` };
}

/** What a time that is refused may have been meant as. */
function guessTime(value: unknown): string {
  const isDigits = typeof value === "string" && /^\d{1,19}(?:\.\d+)?$/.test(value);
  const unit = otherUnit(isDigits ? Number(value) : value);
  if (unit !== undefined) return ` (epoch ${unit}?)`;
  return isDigits ? " (epoch milliseconds are a number, without quotes)" : "";
}

const times = new Set(["occurred_at", "sent_at"]);

/** A value in a few words: numbers and short texts as they are, anything larger by its kind. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (JSON.isRawJSON(value)) return shorten(value.rawJSON);
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  return escapeControls(JSON.stringify(shorten(value)));
}

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…`.toWellFormed() : text;
}

function heldBy(input: unknown, field: string): unknown {
  return typeof input === "object" && input !== null ? Object.getOwnPropertyDescriptor(input, field)?.value : undefined;
}
