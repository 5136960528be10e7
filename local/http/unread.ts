/**
 * Node's answers to what never became a request (headers that are too slow, too large, or missing), sent from here
 * because counting them requires answering them.
 * https://nodejs.org/api/http.html#event-clienterror
 */
import { randomUUID } from "node:crypto";
import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type RefusalReason, refusal, withRequestId } from "./refusal.ts";
import type { RefusedRequests } from "./refused.ts";

const reasons: Record<string, RefusalReason> = {
  ERR_HTTP_REQUEST_TIMEOUT: "tooSlow",
  HPE_HEADER_OVERFLOW: "headersTooLarge",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "tooLarge",
};
/** The client went away. */
const gone = new Set(["ECONNRESET", "EPIPE", "HPE_INVALID_EOF_STATE"]);

export function answerUnread(server: Server, refused: RefusedRequests): void {
  const last = new WeakMap<Duplex, ServerResponse>();
  server.on("request", (req, res) => last.set(req.socket, res));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const { code = "" } = error;
    if (!gone.has(code)) refused.add(code === "ERR_HTTP_REQUEST_TIMEOUT" ? "slow" : "unreadable");
    // Not in the middle of an answer.
    const answer = last.get(socket);
    const isAnswering = answer?.headersSent && !answer.writableFinished;
    if (socket.writable && !isAnswering) socket.write(written(reasons[code] ?? "unreadable"));
    socket.destroy(error);
  });
}

function written(reason: RefusalReason): string {
  const id = randomUUID();
  const { status, headers, body } = withRequestId(refusal(reason), id);
  const sent = { ...headers, "content-length": Buffer.byteLength(body), "apigw-requestid": id, connection: "close" };
  const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`;
}
