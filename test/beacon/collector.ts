/**
 * Replaces Daymark in tests that need to see requests as they were sent, or need answers that a healthy Daymark does
 * not give. It serves exactly the beacon that is deployed.
 */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { resolve } from "node:path";
import { siteFiles } from "../../infra/bundle/site-files.js";

export type SentEvent = { name: string; event_id: string; occurred_at: number; [field: string]: unknown };
export type Request = {
  method: string;
  headers: IncomingHttpHeaders;
  query: string;
  text: string;
  at: number;
  sent_at: number;
  batch_id: string;
  events: SentEvent[];
};
type Answer = { status: number; headers?: Record<string, string>; body?: string };

export type Collector = {
  url: string;
  /** The `<script>` that adds the beacon to a page. */
  script: string;
  /** Everything that was posted, in order. */
  requests: Request[];
  /** The events of the accepted requests, in order. */
  events: () => SentEvent[];
  /** Sets the answer from now on; if it is undefined, there is none: the connection breaks. */
  answerWith: (answer: (request: Request) => Answer | undefined | Promise<Answer | undefined>) => void;
} & AsyncDisposable;

const accepted: Answer = { status: 202, body: '{"accepted":1,"rejected":[]}' };
const files = siteFiles(resolve(import.meta.dirname, "../.."));

export async function startCollector(): Promise<Collector> {
  const requests: Request[] = [];
  const taken: Request[] = [];
  let decide: (request: Request) => Answer | undefined | Promise<Answer | undefined> = () => accepted;
  const scripts: Record<string, { type: string; text: string }> = await files;

  const server = createServer(async (req, res) => {
    const { pathname, search } = new URL(req.url ?? "/", "http://collector");
    const cors = { "access-control-allow-origin": "*", "access-control-expose-headers": "retry-after" };
    const file = scripts[pathname];
    if (file !== undefined) return res.writeHead(200, { ...cors, "content-type": file.type }).end(file.text);
    if (pathname !== "/v1/events") return res.writeHead(404).end();
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const body: Pick<Request, "sent_at" | "batch_id" | "events"> = JSON.parse(text || "{}");
    const request = { method: req.method ?? "", headers: req.headers, query: search, text, at: Date.now(), ...body };
    requests.push(request);
    const answer = await decide(request);
    if (answer === undefined) return req.socket.destroy();
    if (answer.status < 300) taken.push(request);
    return res.writeHead(answer.status, { ...cors, ...answer.headers }).end(answer.body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    url,
    script: `<script defer src="${url}/beacon.js" data-key="wk_test"></script>`,
    requests,
    events: () => taken.flatMap(({ events }) => events),
    answerWith(answer) {
      decide = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
