/**
 * Changes a request as no honest client would: its bytes, the structure of its JSON, its compression, headers, query
 * string, method and path. The result may still be valid; all that matters is that the same seed gives the same result.
 */
import { gzipSync } from "node:zlib";
import { pick, pickWeighted, type Random } from "../../tools/random.ts";
import type { FuzzRequest } from "./corpus.ts";
import { bomb, headerNames, heavyJson, nastyHeaders, nastyJson, nastyTexts } from "./nasty.ts";

type Mutation = (request: FuzzRequest, random: Random) => void;

const mutations: readonly [weight: number, mutate: Mutation][] = [
  [30, mutateJson],
  [14, mutateBytes],
  [5, mutateJsonText],
  [8, mutatePacking],
  [14, mutateHeader],
  [16, mutateQuery],
  [4, mutateMethod],
  [7, mutatePath],
];

/** The request after `times` mutations. */
export function mutate(request: FuzzRequest, times: number, random: Random): FuzzRequest {
  const mutated = { ...request, headers: [...request.headers] };
  for (let i = 0; i < times; i++) pickWeighted(random, mutations)?.(mutated, random);
  return mutated;
}

const index = (random: Random, length: number) => Math.floor(random() * length);

type Slot = { holder: Record<string, unknown> | unknown[]; key: string };

/** Replaces or removes something in the body's JSON. */
function mutateJson(request: FuzzRequest, random: Random): void {
  const value = parse(request.body);
  const slot = typeof value === "object" && value !== null ? findSlot(value, random) : undefined;
  if (slot === undefined) {
    mutateBytes(request, random);
    return;
  }
  const marker = "~fuzz~";
  const holder = slot.holder as Record<string, unknown>;
  const roll = random();
  if (roll < 0.15) delete holder[slot.key];
  else if (roll < 0.25)
    holder[pick(random, ["__proto__x", "", "constructor", "name", "events", "a.b", "\u0000"])] = marker;
  else if (roll < 0.3) holder[slot.key] = new Array(502).fill(holder[slot.key]).slice(0, 2 + index(random, 501));
  else if (roll < 0.35) holder[slot.key] = [holder[slot.key]];
  else holder[slot.key] = marker;
  // As text, because some of these have no equivalent in JavaScript.
  const nasty = pick(random, random() < 0.03 ? heavyJson : nastyJson);
  request.body = Buffer.from(stringify(value).split(`"${marker}"`).join(nasty).split("__proto__x").join("__proto__"));
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** A mutation may have nested the body deeper than JSON.stringify can handle. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '{"events":"~fuzz~"}';
  }
}

function findSlot(root: object, random: Random): Slot | undefined {
  let holder = root as Record<string, unknown>;
  for (let depth = 0; depth < 8; depth++) {
    const keys = Object.keys(holder);
    const key = keys[index(random, keys.length)];
    if (key === undefined) return undefined;
    const value = holder[key];
    if (typeof value !== "object" || value === null || random() < 0.25) return { holder, key };
    holder = value as Record<string, unknown>;
  }
  return undefined;
}

/** What JSON.parse hides: duplicate keys, trailing text, comments, other quotes, a byte order mark. */
function mutateJsonText(request: FuzzRequest, random: Random): void {
  const text = request.body.toString();
  const at = text.indexOf("{") + 1;
  const changes: [() => string, ...(() => string)[]] = [
    () => `${text.slice(0, at)}"name":"click","name":${pick(random, nastyJson)},${text.slice(at)}`,
    () => `${text}${text}`,
    () => `${text.slice(0, at)}/* */${text.slice(at)}`,
    () => text.replaceAll('"', "'"),
    () => `\ufeff${text}`,
    () => text.replaceAll(":", ": \t\r\n"),
    () => pick(random, nastyJson),
    () => `[${text},${text}]`,
    () => text.replace(/\d+/, "NaN"),
  ];
  request.body = Buffer.from(pick(random, changes)());
}

function mutateBytes(request: FuzzRequest, random: Random): void {
  const body = Buffer.from(request.body);
  const at = index(random, body.length);
  const end = at + 1 + index(random, 40);
  const changes: [() => Buffer, ...(() => Buffer)[]] = [
    () => flip(body, at, random),
    () => Buffer.concat([body.subarray(0, at), randomBytes(1 + index(random, 20), random), body.subarray(at)]),
    () => Buffer.concat([body.subarray(0, at), body.subarray(end)]),
    () => body.subarray(0, at),
    () => Buffer.concat([body.subarray(0, end), body.subarray(at)]),
    () => Buffer.from(body.toString(), "utf16le"),
    () => Buffer.from(body.toString(), "latin1"),
    () => randomBytes(index(random, 300), random),
  ];
  request.body = pick(random, changes)();
}

function flip(body: Buffer, at: number, random: Random): Buffer {
  for (let i = 0; i < 1 + random() * 4 && body.length > 0; i++) {
    const place = i === 0 ? at : index(random, body.length);
    body[place] = (body[place] ?? 0) ^ (1 << index(random, 8));
  }
  return body;
}

function randomBytes(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => index(random, 256)));
}

function mutatePacking(request: FuzzRequest, random: Random): void {
  const { body } = request;
  const packed = gzipSync(body, { level: 1 });
  const broken = flip(Buffer.from(packed), index(random, packed.length), random);
  const bodies: [Buffer, ...Buffer[]] = [
    packed,
    packed,
    broken,
    packed.subarray(0, packed.length - 5),
    gzipSync(packed),
  ];
  request.body = random() < 0.02 ? bomb : pick(random, bodies);
  if (random() < 0.7) request.headers.push(["content-encoding", random() < 0.8 ? "gzip" : pick(random, nastyHeaders)]);
}

function mutateHeader({ headers }: FuzzRequest, random: Random): void {
  const at = index(random, headers.length);
  const known = headers[at];
  const roll = random();
  if (known === undefined || roll < 0.4) headers.push([pick(random, headerNames), pick(random, nastyHeaders)]);
  else if (roll < 0.6) headers.splice(at, 1);
  else if (roll < 0.75) headers.push([...known]);
  else headers[at] = [known[0], pick(random, nastyHeaders)];
}

function mutateQuery(request: FuzzRequest, random: Random): void {
  const parts = request.query === "" ? [] : request.query.split("&");
  const at = index(random, parts.length);
  const [name = ""] = (parts[at] ?? "").split("=");
  const roll = random();
  if (roll < 0.35 && parts.length > 0) parts[at] = `${name}=${pick(random, nastyTexts)}`;
  else if (roll < 0.5 && parts.length > 0) parts.push(parts[at] ?? "");
  else if (roll < 0.6 && parts.length > 0) parts.splice(at, 1);
  else if (roll < 0.8) parts.push(`${pick(random, nastyTexts)}=${pick(random, nastyTexts)}`);
  else
    parts.push(
      `${pick(random, ["from", "to", "by", "limit", "minutes", "interval", "key", "name", "url"])}=${pick(random, nastyTexts)}`,
    );
  request.query = parts.join("&");
}

function mutateMethod(request: FuzzRequest, random: Random): void {
  request.method = pick(random, [
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "HEAD",
    "OPTIONS",
    "PROPFIND",
    "M-SEARCH",
    "QUERY",
  ]);
}

function mutatePath(request: FuzzRequest, random: Random): void {
  const { path } = request;
  const changes: [() => string, ...(() => string)[]] = [
    () => `${path}/`,
    () => `/${path}`,
    () => path.replace(/\/([^/]*)$/, (_, last) => `/${pick(random, nastyTexts)}${last}`),
    () => path.replace(/[^/]*$/, () => pick(random, nastyTexts)),
    () => path.replaceAll("/", "%2f"),
    () => `${path}/../${path}`,
    () => path.replaceAll("/v1/", "/v1/%2e%2e/v1/"),
    () => path.toUpperCase(),
    () => `${path};a=b`,
    () => path.replaceAll("/", "\\"),
    () => `http://evil.example${path}`,
    () => `${path}${"/x".repeat(500)}`,
    () => `/assets/${pick(random, nastyTexts)}`,
    () => `/demo/${pick(random, nastyTexts)}`,
    () => pick(random, ["*", "/.env", "/.git/config", "//evil.example/%2f..", "/v2/events", "/_daymark/faults"]),
  ];
  request.path = pick(random, changes)();
}
