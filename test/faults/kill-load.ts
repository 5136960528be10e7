/**
 * The clients of the kill test: they send requests over HTTP, record which were acknowledged, and send the others again
 * with the same batch id until they are. So in the end every event must be there exactly once.
 */
import { createRandom, pick, timedUuid, uuid } from "../../tools/random.ts";

export type SentEvent = { event_id: string; target: string; visitor_id: string; occurred_at?: string };
type Request = { key: string; body: string; events: SentEvent[] };

export type KillLoad = ReturnType<typeof createKillLoad>;

/** Days before today that some late events have, so that there is always something to seal. */
const LATE_DAYS = [1, 2, 3] as const;
// Node's own user agent would be taken for a robot.
const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
const DAY_MS = 86_400_000;

export function createKillLoad(seed: number) {
  const random = createRandom(seed);
  const acknowledged: SentEvent[] = [];
  const counts = { acknowledged: 0, sentAgain: 0 };
  let waiting: Request[] = [];

  function createRequest(isLate: boolean): Request {
    const now = Date.now();
    const occurred = isLate ? { occurred_at: new Date(now - pick(random, LATE_DAYS) * DAY_MS).toISOString() } : {};
    const events = Array.from({ length: 1 + Math.floor(random() * 6) }, () => ({
      name: "click",
      event_id: uuid(random),
      target: `t${Math.floor(random() ** 2 * 6)}`,
      // Some return, and some are always new, or no sketch would change any more.
      visitor_id: `v${Math.floor(random() * 50_000)}`,
      ...occurred,
    }));
    const body = JSON.stringify({ batch_id: timedUuid(random, now), events });
    return { key: isLate ? "tk_local" : "wk_local", body, events };
  }

  /** Sends one request; false if there was no answer, or not one that accepts it. */
  async function send(url: string, request: Request): Promise<boolean> {
    try {
      const answer = await fetch(`${url}/v1/events`, {
        method: "POST",
        headers: { "x-write-key": request.key, "content-type": "application/json", "user-agent": browser },
        body: request.body,
      });
      await answer.text();
      if (answer.status !== 202) throw new Error(`It was answered ${answer.status}`);
    } catch {
      waiting.push(request);
      return false;
    }
    acknowledged.push(...request.events);
    counts.acknowledged++;
    return true;
  }

  return {
    acknowledged: (): readonly SentEvent[] => acknowledged,
    counts,
    lateDays: LATE_DAYS,
    /**
     * Sends until `isOver`, on a few connections; calls `onAnswer` after each 202. Late events are sent while
     * `takesLate`.
     */
    async run(
      url: string,
      isOver: () => boolean,
      { onAnswer = () => {}, takesLate = () => true }: { onAnswer?: () => void; takesLate?: () => boolean } = {},
    ): Promise<void> {
      const lane = async (): Promise<void> => {
        while (!isOver()) {
          const again = random() < 0.3 ? waiting.shift() : undefined;
          if (again !== undefined) counts.sentAgain++;
          if (await send(url, again ?? createRequest(random() < 0.15 && takesLate()))) onAnswer();
          await new Promise((done) => setTimeout(done, 5));
        }
      };
      await Promise.all([lane(), lane(), lane()]);
    },
    /** Sends everything again that was not acknowledged. */
    async finish(url: string): Promise<void> {
      for (let tries = 0; waiting.length > 0; tries++) {
        if (tries > 20) throw new Error(`Cannot get ${waiting.length} requests acknowledged`);
        const again = waiting;
        waiting = [];
        counts.sentAgain += again.length;
        for (const request of again) await send(url, request);
      }
    },
  };
}
