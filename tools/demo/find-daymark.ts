/**
 * Makes sure, before anything is sent, that both ports are a Daymark's whose keys the demo has: one takes events and
 * answers questions, the other runs the batch that seals their days.
 */
import { healthAnswer } from "../../src/schemas/api/health-answer.ts";
import { type Api, readHeaders, readKey } from "./api.ts";
import { bucket } from "./local-aws.ts";

type Options = { patienceMs?: number };
type Answer = { status: number; text: string };

const problemType = "urn:problem-type:daymark:";

/** Throws an error that says what was tried, what answered, and what to set. */
export async function findDaymark({ url, awsUrl }: Api, { patienceMs = 10_000 }: Options = {}): Promise<void> {
  const asker = createAsker(patienceMs);
  const health = await asker(`${url}/v1/health`);
  if (typeof health === "string" || !isHealth(health))
    throw new Error(
      `Cannot find a Daymark at ${url}: ${said(health)}; start it with "npm start" first, or say where it is with PORT or --url`,
    );
  if (health.status !== 200) throw new Error(`Cannot fill the Daymark at ${url}: it is not well: ${said(health)}`);
  const status = await asker(`${url}/v1/status`, readHeaders);
  if (typeof status === "string" || status.status === 401)
    throw new Error(
      `Cannot read from ${url} with the token ${readKey}: ${said(status)}; set DAYMARK_READ_TOKEN to what "npm start" was given`,
    );
  const aws = await asker(awsUrl);
  if (typeof aws === "string" || !aws.text.includes(bucket))
    throw new Error(
      `Cannot find the AWS port of Daymark at ${awsUrl}: ${said(aws)}; set AWS_PORT or --aws-url to what "npm start" printed after AWS`,
    );
}

/** Asks an address; without an answer, the reason as text. */
function createAsker(patienceMs: number) {
  return async (address: string, headers: Record<string, string> = {}): Promise<Answer | string> => {
    try {
      const answer = await fetch(address, { headers, signal: AbortSignal.timeout(patienceMs) });
      return { status: answer.status, text: await answer.text() };
    } catch (error) {
      const isLate = error instanceof Error && error.name === "TimeoutError";
      return isLate ? `nothing answered within ${patienceMs / 1000} s` : "nothing answers there";
    }
  };
}

/** Also a Daymark whose disk is full answers as one does: with a problem of its own. */
function isHealth({ status, text }: Answer): boolean {
  const body = parsed(text);
  return status === 200 ? healthAnswer.safeParse(body).success : status === 503 && problemOf(body) !== undefined;
}

function said(answer: Answer | string): string {
  if (typeof answer === "string") return answer;
  const detail = problemOf(parsed(answer.text));
  return detail === undefined ? `something else answers there (${answer.status})` : `${answer.status} ${detail}`;
}

function problemOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("type" in body) || !("detail" in body)) return undefined;
  return String(body.type).startsWith(problemType) ? String(body.detail) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
