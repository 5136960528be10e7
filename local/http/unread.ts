/**
 * Node's answers to what never became a request (headers that are too slow, too large, or missing), sent from here
 * because counting them requires answering them.
 * https://nodejs.org/api/http.html#event-clienterror
 */
import type { Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { RefusedRequests } from "./refused.ts";

const lines: Record<string, string> = {
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
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
    if (socket.writable && !isAnswering)
      socket.write(`HTTP/1.1 ${lines[code] ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`);
    socket.destroy(error);
  });
}
