/**
 * Access logs that AWS services write to S3: those of Application Load Balancers and of S3 itself. Both have an id for
 * each request.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
import { accessEvent, clfTime, type LogFormat, type LogLine } from "./access-event.ts";

export const albFormat: LogFormat = { name: "alb", title: "Application Load Balancer", open: () => readAlb };
export const s3Format: LogFormat = { name: "s3", title: "S3 server access", open: () => readS3 };

const balancerTypes = new Set(["http", "https", "h2", "grpcs", "ws", "wss"]);
const wordPattern = /"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\S+)/g;
const MOST_WORDS = 40;

function readAlb(line: string): LogLine {
  if (!balancerTypes.has(line.slice(0, line.indexOf(" ")))) return undefined;
  const words = wordsOf(line);
  const [, time = "", , client = "", , , , , status = "", targetStatus, , bytes, request = "", userAgent] = words;
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time)) return undefined;
  // `-` if the load balancer could not answer, for example because the client had gone: then the target's status, else
  // 460.
  const answered = [status, targetStatus ?? "", "460"].find((text) => /^\d{3}$/.test(text)) ?? "460";
  // `GET https://www.example.com:443/path HTTP/1.1`, or `- http://www.example.com:80- -` if there was no request line.
  const event = accessEvent({
    time,
    status: answered,
    clients: [client],
    request: withoutPort(request),
    bytes,
    userAgent,
  });
  const requestId = words[17];
  return { event, ...(requestId?.startsWith("Root=") ? { requestId: `${requestId} ${time} ${client}` } : {}) };
}

function readS3(line: string): LogLine {
  const words = wordsOf(line);
  const [
    ,
    bucket,
    time = "",
    client = "",
    requester,
    requestId,
    operation = "",
    ,
    request,
    status = "",
    ,
    bytes,
    ,
    ,
    ,
    referrer,
    userAgent,
  ] = words;
  const at = clfTime(time);
  if (at === undefined || !/^[A-Z0-9]+\.[A-Z0-9_.]+$/.test(operation)) return undefined;
  // Lifecycle operations, and copies that no client asked for, have no status.
  if (!/^\d{3}$/.test(status)) return "comment";
  const user = requester?.startsWith("arn:") ? requester : undefined;
  const event = accessEvent({ time: at, status, clients: [client], request, bytes, referrer, userAgent, user });
  return {
    event: { ...event, properties: { ...event.properties, bucket, operation } },
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, quoted, bracketed, bare] of line.matchAll(wordPattern)) {
    words.push(quoted ?? bracketed ?? bare ?? "");
    if (words.length === MOST_WORDS) break;
  }
  return words;
}

function withoutPort(request: string): string {
  return request.replace(/^(\S+ https:\/\/[^/]*?):443(?=\/)|^(\S+ http:\/\/[^/]*?):80(?=\/)/, "$1$2");
}
