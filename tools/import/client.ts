/** Sends batches to a Daymark: retries what may succeed later, and says what is wrong if nothing will. */
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { z } from "zod";
import { type CollectAnswer, collectAnswer } from "../../src/schemas/api/collect-answer.ts";
import { type HealthAnswer, healthAnswer } from "../../src/schemas/api/health-answer.ts";
import { type Batch, toBatch } from "./batches.ts";

export type Client = {
  send(batch: Batch): Promise<CollectAnswer>;
  /** What the server says about itself; undefined if it does not answer, and sending will then reveal the problem. */
  ask(): Promise<HealthAnswer | undefined>;
};
type ClientOptions = {
  url: string;
  key: string;
  /** Whether lines from before 2000 are meant. */
  before2000?: boolean;
  patienceMs?: number;
  onWait?: (reason: string) => void;
};

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const ANSWER_MS = 60_000;
const refusals = new Map([
  [401, "it does not know this key: give the trusted key with --key"],
  [403, "it does not take this key from here"],
  [404, "there is no Daymark at this address"],
]);

/**
 * A client for one server. Gives up after `patienceMs` without any success; immediately if the server was never
 * reached.
 */
export function createClient(options: ClientOptions): Client {
  const { url, key, before2000 = false, patienceMs = 120_000, onWait = () => {} } = options;
  const base = url.endsWith("/") ? url : `${url}/`;
  const endpoint = new URL("v1/events", base);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(endpoint.hostname);
  let lastSuccess: number | undefined;

  async function send(batch: Batch): Promise<CollectAnswer> {
    const { id, body, lines } = batch;
    const said = before2000 ? body.replace("{", '{"before_2000":true,') : body;
    const request = await toRequest(said, key, !isLocal);
    const started = performance.now();
    for (let attempt = 0; ; attempt++) {
      const outcome = await post(endpoint, request);
      if ("answer" in outcome) {
        lastSuccess = performance.now();
        return outcome.answer;
      }
      if (outcome.isTooMuch && lines.length > 1) return sendHalves(batch);
      const { reason, retryAfterMs, isRefusal } = outcome;
      const isAway = outcome.isAway && lastSuccess === undefined;
      const hasPatience = performance.now() - Math.max(started, lastSuccess ?? 0) < patienceMs;
      if (isRefusal || isAway || !hasPatience) throw new Error(`Cannot send batch ${id} to ${url}: ${reason}`);
      onWait(reason);
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
      await wait(Math.max(retryAfterMs, pause * (0.5 + Math.random() / 2)));
    }
  }

  /** A request may hold so many values; the lines of any file may hold more. */
  async function sendHalves({ lines }: Batch): Promise<CollectAnswer> {
    const half = lines.length >> 1;
    const first = await send(toBatch(lines.slice(0, half)));
    const second = await send(toBatch(lines.slice(half)));
    const rejected = second.rejected.map((one) => ({ ...one, index: one.index + half }));
    return { accepted: first.accepted + second.accepted, rejected: [...first.rejected, ...rejected] };
  }

  return {
    async ask() {
      const asked = fetch(new URL("v1/health", base), { signal: AbortSignal.timeout(ANSWER_MS) });
      const response = await asked.catch(() => undefined);
      return response && healthAnswer.safeParse(await readJson(response)).data;
    },
    send,
  };
}

type Outcome =
  | { answer: CollectAnswer }
  | { reason: string; retryAfterMs: number; isRefusal: boolean; isTooMuch: boolean; isAway: boolean };

async function post(endpoint: URL, request: RequestInit): Promise<Outcome> {
  try {
    const response = await fetch(endpoint, { ...request, method: "POST", signal: AbortSignal.timeout(ANSWER_MS) });
    const answer = collectAnswer.safeParse(await readJson(response));
    // A 400 of this shape means that everything was rejected, and stored as rejected.
    if (answer.success && (response.status === 202 || response.status === 400)) return { answer: answer.data };
    const { status } = response;
    return {
      reason: refusals.get(status) ?? `it answered ${status}`,
      retryAfterMs: 1000 * (Number(response.headers.get("retry-after")) || 0),
      isRefusal: status < 500 && status !== 429 && status !== 408,
      isTooMuch: status === 413,
      isAway: false,
    };
  } catch (error) {
    const code = networkCode(error);
    return {
      reason: networkReason(error, code),
      retryAfterMs: 0,
      isRefusal: false,
      isTooMuch: false,
      isAway: !broken.test(code),
    };
  }
}

async function toRequest(body: string, key: string, pack: boolean): Promise<RequestInit> {
  const said = { "x-write-key": key, "x-daymark-source": "import" };
  if (!pack) return { headers: { ...said, "content-type": "application/json" }, body };
  const packed = await promisify(gzip)(body, { level: 1 });
  // A type that no gateway takes for text, because that could damage the bytes.
  const headers = { ...said, "content-type": "application/octet-stream", "content-encoding": "gzip" };
  return { headers, body: new Uint8Array(packed) };
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  const json = z.string().transform((value, context) => {
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue("not JSON");
      return z.NEVER;
    }
  });
  return json.safeParse(text).data;
}

// The connection broke: this may pass, and the request may have been taken. Any other error means that there was no
// connection.
const broken = /^(ECONNRESET|EPIPE|ETIMEDOUT|TIMEOUT|UND_ERR_.*)$/;
const reasons = new Map([
  ["ECONNREFUSED", "nothing listens there: is Daymark running (npm start)?"],
  ["ENOTFOUND", "there is no such host"],
  ["TIMEOUT", `it did not answer within ${ANSWER_MS / 1000} s`],
]);

/** What fetch hides in the cause of its "fetch failed". */
function networkCode(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if (error.name === "TimeoutError") return "TIMEOUT";
  return error.cause instanceof Error && "code" in error.cause ? String(error.cause.code) : "";
}

function networkReason(error: unknown, code: string): string {
  const { message = String(error), cause } = error instanceof Error ? error : {};
  return reasons.get(code) ?? (cause instanceof Error ? cause.message || code : message);
}
