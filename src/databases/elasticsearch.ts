/** Requests to Elasticsearch or OpenSearch over TLS; answers as their text. */
import { once } from "node:events";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import type { ElasticDatabase } from "../snapshot/engines/elasticsearch-run.ts";
import { type DatabaseAddress, readAddress } from "./credentials.ts";

/** A server that says nothing for so long is gone; shorter than what an invocation keeps for its end (RESERVE_MS). */
const SILENCE_MS = 45_000;

/** The server's certificate must be for its name. Throws for a secret in any other form, without showing it. */
export async function connectElasticsearch(
  secret: string,
  address: DatabaseAddress,
): Promise<ElasticDatabase & Disposable> {
  const { host, port, username, password, tls } = readAddress(secret, address, 9200);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...tls });
  return {
    async send({ method, path, body }) {
      // Without a length, Node sends the body of a DELETE as what cannot be told from the next request.
      const headers =
        body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
      const asked = request({ host, port, agent, method, path, headers, auth: `${username}:${password}` });
      asked.setTimeout(SILENCE_MS, () => asked.destroy(new Error(`Cannot go on: ${host} does not answer`)));
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
