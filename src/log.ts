/**
 * Log lines: one JSON object each, written past `console`, which Lambda would prefix with its own columns. LOG_LEVEL says
 * what is written. Never pass a key, a token, a visitor's address or an event's text: say where and how many instead.
 */
import { type LogLevel, logLevel, logLevels } from "./config.ts";
import { escapeControls } from "./pipeline/clean-text.ts";

type Level = Exclude<LogLevel, "silent">;
type Fields = Record<string, unknown>;

const least = logLevels.indexOf(logLevel());

export const log = {
  debug: (message: string, fields?: Fields) => write("debug", message, fields),
  info: (message: string, fields?: Fields) => write("info", message, fields),
  warn: (message: string, fields?: Fields) => write("warn", message, fields),
  error: (message: string, fields?: Fields) => write("error", message, fields),
};

/**
 * Says that something happened that an alarm waits for, whatever LOG_LEVEL is. A metric filter on `metric` counts the
 * lines (infra/alarms.js), so the function needs no right to write metrics.
 */
export function metric(name: string, fields: Fields = {}): void {
  print({ level: "warn", message: name, metric: name, ...fields });
}

function write(level: Level, message: string, fields: Fields = {}): void {
  if (logLevels.indexOf(level) >= least) print({ level, message, ...fields });
}

function print(line: Fields): void {
  const json = JSON.stringify({ time: new Date().toISOString(), ...line }, inWords);
  process.stdout.write(`${escapeControls(json)}\n`);
}

/** Errors as name, message and cause; without this JSON.stringify makes `{}` of them. */
function inWords(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return typeof value === "bigint" ? String(value) : value;
}
