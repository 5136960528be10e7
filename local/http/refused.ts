/**
 * Counts requests that the HTTP API itself refused, of which no function knows, since the start by day and reason, and
 * adds them to the status. On AWS they are in API Gateway's metrics and access log.
 */
import { z } from "zod";
import type { HttpAnswer } from "./event.ts";

/** As in the status (src/schemas/api/answer.ts). */
export type RefusedReason = "origin" | "rate" | "size" | "slow" | "unreadable";
export type RefusedRequests = {
  add(reason: RefusedReason): void;
  /** Returns a function's answer; for the status, with the counts from here added. */
  tell(path: string, answer: HttpAnswer): HttpAnswer;
};

const keptDays = 7;
const list = z.array(z.object({ reason: z.string(), app: z.string(), requests: z.number() }));
const statusSchema = z.looseObject({ today: z.string(), refused: z.object({ today: list, last_7_days: list }) });
type Refused = z.infer<typeof list>;

/** `today` returns the local day. */
export function createRefusedRequests(today: () => string): RefusedRequests {
  const days = new Map<string, Map<string, number>>();
  return {
    add(reason) {
      const day = today();
      const counts = days.get(day) ?? new Map<string, number>();
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      days.set(day, counts);
      for (const old of [...days.keys()].sort().slice(0, -keptDays)) days.delete(old);
    },
    tell(path, answer) {
      // HEAD is answered without a body, to which nothing can be added.
      if (path !== "/v1/status" || answer.status !== 200 || days.size === 0 || answer.body.length === 0) return answer;
      const status = statusSchema.safeParse(JSON.parse(String(answer.body)));
      if (!status.success) return answer;
      const { today: day, refused } = status.data;
      const told = {
        today: merge(refused.today, [days.get(day) ?? new Map()]),
        last_7_days: merge(refused.last_7_days, [...days.values()]),
      };
      const { "content-length": _, ...headers } = answer.headers;
      return { ...answer, headers, body: JSON.stringify({ ...status.data, refused: told }) };
    },
  };
}

function merge(told: Refused, counted: readonly ReadonlyMap<string, number>[]): Refused {
  const sums = new Map(told.map((one) => [`${one.reason} ${one.app}`, { ...one }]));
  for (const [reason, requests] of counted.flatMap((counts) => [...counts])) {
    const sum = sums.get(`${reason} `);
    if (sum) sum.requests += requests;
    else sums.set(`${reason} `, { reason, app: "", requests });
  }
  return [...sums.values()].sort((a, b) => b.requests - a.requests);
}
