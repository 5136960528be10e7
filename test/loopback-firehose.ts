/**
 * A separate Firehose for tests that need its protocol and nothing behind it: records what was put, and can be told how
 * to answer the next calls (throttle, fail some entries, break the connection). It also has the secrets that collect
 * reads, and a table that does not have a time zone yet.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Row } from "./rows.ts";

type Call = { stream: string; records: Buffer[] };
/**
 * How to answer one call: an AWS error, the indexes of entries to fail, or a broken connection after accepting the
 * records.
 */
export type Fault = { error: string; status: number } | { fail: number[] } | { hangUp: true };

export async function startLoopbackFirehose(secrets: Record<string, string> = {}) {
  const calls: Call[] = [];
  const stored: { stream: string; data: Buffer }[] = [];
  const faults: ((call: Call) => Fault | undefined)[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const input = JSON.parse(Buffer.concat(chunks).toString());
    if (req.headers["x-amz-target"] === "secretsmanager.GetSecretValue") {
      res.setHeader("content-type", "application/x-amz-json-1.1");
      return res.end(JSON.stringify({ SecretString: secrets[input.SecretId] }));
    }
    if (req.headers["x-amz-target"] === "DynamoDB_20120810.GetItem") {
      res.setHeader("content-type", "application/x-amz-json-1.0");
      return res.end("{}");
    }
    const call: Call = {
      stream: input.DeliveryStreamName,
      records: input.Records.map((record: { Data: string }) => Buffer.from(record.Data, "base64")),
    };
    calls.push(call);
    const fault = faults[0]?.(call);
    if (fault) faults.shift();
    const failed = new Set(fault && "fail" in fault ? fault.fail : []);
    const taken = fault && "error" in fault ? [] : call.records.filter((_, i) => !failed.has(i));
    stored.push(...taken.map((data) => ({ stream: call.stream, data })));
    if (fault && "hangUp" in fault) return req.socket.destroy();
    res.setHeader("content-type", "application/x-amz-json-1.1");
    if (fault && "error" in fault) {
      res.statusCode = fault.status;
      return res.end(JSON.stringify({ __type: fault.error, message: "told to" }));
    }
    const entry = (_: Buffer, i: number) =>
      failed.has(i) ? { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." } : { RecordId: `r${i}` };
    res.end(
      JSON.stringify({ FailedPutCount: failed.size, Encrypted: false, RequestResponses: call.records.map(entry) }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    stored,
    /**
     * Answers the next calls with these faults, in order; a function decides by the call, and undefined lets it pass.
     */
    break(...list: (Fault | ((call: Call) => Fault | undefined))[]) {
      faults.push(...list.map((fault) => (typeof fault === "function" ? fault : () => fault)));
    },
    /** The rows that were stored on a stream. */
    rows: (stream: string): Row[] =>
      stored
        .filter((record) => record.stream === stream)
        .flatMap((record) => record.data.toString().trimEnd().split("\n"))
        .map((line) => JSON.parse(line)),
    clear() {
      for (const list of [calls, stored, faults]) list.length = 0;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
export type LoopbackFirehose = Awaited<ReturnType<typeof startLoopbackFirehose>>;
