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
const wordPattern = /\s*(?:"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|([^\s"]\S*))/y;
const MOST_WORDS = 40;

/** Up to the status, without which a line is no request, and up to the user agent, the last of what is read. */
const albWords = { least: 9, read: 14 };
const s3Words = { least: 10, read: 17 };

function readAlb(line: string): LogLine {
  if (!balancerTypes.has(line.slice(0, line.indexOf(" ")))) return undefined;
  const { words, isPartly } = wordsOf(line, albWords.read);
  const [, time = "", , client = "", , , , , status = "", targetStatus, , bytes, request = "", userAgent] = words;
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(time) || words.length < albWords.least) return undefined;
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
  if (isPartly) return { event, isPartly };
  return { event, ...(requestId?.startsWith("Root=") ? { requestId: `${requestId} ${time} ${client}` } : {}) };
}

function readS3(line: string): LogLine {
  const { words, isPartly } = wordsOf(line, s3Words.read);
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
  if (at === undefined || !/^[A-Z0-9]+\.[A-Z0-9_.]+$/.test(operation) || words.length < s3Words.least) return undefined;
  // Lifecycle operations, and copies that no client asked for, have no status.
  if (!/^\d{3}$/.test(status)) return "comment";
  const user = requester?.startsWith("arn:") ? requester : undefined;
  const event = accessEvent({ time: at, status, clients: [client], request, bytes, referrer, userAgent, user });
  return {
    event: { ...event, properties: { ...event.properties, bucket, operation } },
    ...(requestId === undefined ? {} : { requestId }),
    ...(isPartly && { isPartly }),
  };
}

/** The fields of a line. Of one that is cut off before it has so many, the last field may not be whole. */
function wordsOf(line: string, read: number): { words: string[]; isPartly?: true } {
  const words: string[] = [];
  let bare: string | undefined;
  wordPattern.lastIndex = 0;
  for (
    let match = wordPattern.exec(line);
    match !== null && words.length < MOST_WORDS;
    match = wordPattern.exec(line)
  ) {
    bare = match[3];
    words.push(match[1] ?? match[2] ?? bare ?? "");
  }
  if (words.length >= read) return { words };
  return { words: bare !== undefined && line.endsWith(bare) ? words.slice(0, -1) : words, isPartly: true };
}

function withoutPort(request: string): string {
  return request.replace(/^(\S+ https:\/\/[^/]*?):443(?=\/)|^(\S+ http:\/\/[^/]*?):80(?=\/)/, "$1$2");
}
