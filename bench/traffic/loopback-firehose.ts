/**
 * A Firehose that accepts everything and stores nothing, in its own process, so that its CPU time is not counted as the
 * handler's. It reads a call to its end and answers with as many record ids as there are records, and with a value to
 * anyone who asks for a secret. Prints its address when it is ready.
 */
import { createServer } from "node:http";

const server = createServer((req, res) => {
  let text = "";
  req.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  req.on("end", () => {
    const records = text.split('"Data":').length - 1;
    const RequestResponses = Array.from({ length: records }, (_, i) => ({ RecordId: `record-${i}` }));
    const body = JSON.stringify({ FailedPutCount: 0, Encrypted: false, RequestResponses, SecretString: "secret" });
    res.writeHead(200, { "content-type": "application/x-amz-json-1.1", "content-length": body.length });
    res.end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") console.log(`Firehose on http://127.0.0.1:${address?.port}`);
});
