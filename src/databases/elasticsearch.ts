/** Requests to Elasticsearch or OpenSearch over TLS; answers as their text. */
import { once } from "node:events";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import type { ElasticDatabase } from "../snapshot/elasticsearch-run.ts";
import { type DatabaseAddress, readCredentials } from "./credentials.ts";

/** A server that says nothing for so long is gone; shorter than what an invocation keeps for its end (RESERVE_MS). */
const SILENCE_MS = 45_000;

/** The server's certificate must be for its name. Throws for a secret in any other form, without showing it. */
export async function connectElasticsearch(
  secret: string,
  address: DatabaseAddress,
): Promise<ElasticDatabase & Disposable> {
  const { username, password, ca, ...said } = readCredentials(secret);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...(ca === undefined ? {} : { ca }) });
  const server = { host: address.host ?? said.host ?? "", port: address.port ?? said.port ?? 9200 };
  return {
    async send({ method, path, body }) {
      // Without a length, Node sends the body of a DELETE as what cannot be told from the next request.
      const headers =
        body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
      const asked = request({ ...server, agent, method, path, headers, auth: `${username}:${password}` });
      asked.setTimeout(SILENCE_MS, () => asked.destroy(new Error(`Cannot go on: ${server.host} does not answer`)));
      // `once` stops listening when the answer begins. Later errors are also the answer's own, which fails its text.
      asked.on("error", () => {});
      const answered = once(asked, "response");
      asked.end(body);
      const [response] = await answered;
      return { status: response.statusCode, text: await text(response) };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}
