import type { FieldError, IgnoredField } from "../schemas/api/collect-answer.ts";

const MOST_TOLD = 20;

type Taken = { index: number; ignored: readonly FieldError[] };

/** What was taken for absent in accepted events, told once for all events that have it. */
export function ignoredFields(events: readonly Taken[]): IgnoredField[] {
  const found = new Map<string, IgnoredField>();
  for (const { index, ignored } of events)
    for (const { path, message } of ignored) {
      const key = `${path} ${message}`;
      const before = found.get(key);
      if (before !== undefined) before.events++;
      else if (found.size < MOST_TOLD) found.set(key, { path, message, index, events: 1 });
    }
  return [...found.values()];
}
