/** One attempt to send a batch, and its outcome. Never rejects. */

export type Outcome =
  | { kind: "taken"; rejected: number; message: string }
  | { kind: "refused" | "tooLarge"; message: string }
  | { kind: "later"; message: string; afterMs: number | undefined };

type Attempt = {
  endpoint: string;
  key: string;
  batch: { id: string; events: readonly string[] };
  timeoutMs: number;
};

/** 408 and 429 are temporary, as are the server's own failures. */
const passing = new Set([408, 425, 429]);

export async function send({ endpoint, key, batch, timeoutMs }: Attempt): Promise<Outcome> {
  try {
    // The server corrects this clock by the time of sending, which is new for each attempt; all else stays the same.
    const body = `{"batch_id":"${batch.id}","sent_at":${Date.now()},"events":[${batch.events.join(",")}]}`;
    const headers = { "content-type": "application/json", "x-write-key": key };
    const answer = await fetch(endpoint, { method: "POST", headers, body, signal: AbortSignal.timeout(timeoutMs) });
    const text = await answer.text();
    if (answer.status === 202) return { kind: "taken", ...rejectedIn(text) };
    const message = `${answer.status} ${text.slice(0, 300)}`;
    if (answer.status === 413) return { kind: "tooLarge", message };
    if (answer.status >= 500 || passing.has(answer.status))
      return { kind: "later", message, afterMs: secondsOf(answer.headers.get("retry-after")) };
    return { kind: "refused", message };
  } catch (error) {
    return { kind: "later", message: error instanceof Error ? causeOf(error) : String(error), afterMs: undefined };
  }
}

function rejectedIn(text: string): { rejected: number; message: string } {
  try {
    const { rejected } = JSON.parse(text) as { rejected?: unknown };
    return Array.isArray(rejected)
      ? { rejected: rejected.length, message: JSON.stringify(rejected).slice(0, 300) }
      : none;
  } catch {
    return none;
  }
}

const none = { rejected: 0, message: "" };

function secondsOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

/** `fetch failed` says nothing; its cause does. */
function causeOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
