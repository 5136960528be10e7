/**
 * What the HTTP API answers while something is wrong with this machine: the status and the health name it, and failures
 * meanwhile are answered 503, to be retried, because the failing function cannot know the cause.
 */

import type { Troubles } from "../troubles.ts";
import type { HttpAnswer } from "./event.ts";
import { refusal } from "./refusal.ts";

const statusPath = "/v1/status";
const healthPath = "/v1/health";

/** Why no function is called at the moment, if so. The health is always answered. */
export function refuseInTrouble(path: string, troubles: Troubles): HttpAnswer | undefined {
  const gone = troubles.all.filter(({ kind }) => kind === "gone");
  return gone.length === 0 || path === healthPath ? undefined : unavailable(gone.map(({ summary }) => summary));
}

/** A function's answer, with what is wrong added. */
export async function withTroubles(path: string, answer: HttpAnswer, troubles: Troubles): Promise<HttpAnswer> {
  const hasFailed = answer.status === 500 || answer.status === 502;
  if (hasFailed) await troubles.check();
  const problems = troubles.all.map(({ summary }) => summary);
  const isFailing = troubles.all.some(({ kind }) => kind !== "damage");
  if (hasFailed && isFailing) return unavailable(problems);
  if (problems.length === 0) return answer;
  if (answer.status !== 200 || (path !== statusPath && path !== healthPath)) return answer;
  if (path === healthPath && isFailing) return unavailable(problems);
  if (answer.body.length === 0) return answer; // HEAD is answered without a body
  const { "content-length": _, ...headers } = answer.headers;
  const said: unknown = JSON.parse(String(answer.body));
  return { status: 200, headers, body: JSON.stringify(Object.assign({}, said, { problems })) };
}

function unavailable(problems: readonly string[]): HttpAnswer {
  const detail = `Cannot take or answer anything at the moment. ${problems.join(". ")}`;
  return refusal("failing", { detail, retryAfter: 5, extra: { problems } });
}
