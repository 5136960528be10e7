/** What a sender is told in one line when nothing of a request was accepted; `rejected` beside it has every event. */
import type { CollectAnswer } from "../schemas/api/collect-answer.ts";

export function noneAccepted({ rejected: [first, ...others] }: CollectAnswer): string {
  const more = others.length === 0 ? "" : `, and ${others.length} more events`;
  return `Cannot accept ${first?.errors.map(({ path, message }) => `${path || "the body"}: ${message}`).join("; ")}${more}`;
}
