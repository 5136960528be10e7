/**
 * The fuzzer's aim for time: bodies that cost collect the most CPU per byte. A body is one idea (a field, a beginning,
 * a repeated pattern, a shape) written out at any size, so that anything that grows faster than its size is found,
 * whatever else the machine does. A slow idea is changed a little and tried again.
 */

import { randomUUID } from "node:crypto";
import { type Collected, type CollectRequest, collect } from "../../src/collect/collect.ts";
import {
  addressFields,
  HOST_WEIGHT,
  LEAST_ADDRESS_BYTES,
  MAX_ADDRESS_BYTES,
  MAX_CUTS,
  MAX_ESCAPES,
  MAX_LONG_NUMBERS,
  MAX_USER_AGENTS,
  MAX_VALUES,
} from "../../src/collect/event/request-limits.ts";
import { HttpError } from "../../src/errors.ts";
import { MAX_EVENTS } from "../../src/schemas/api/collect-request.ts";
import { createRandom, pick, type Random } from "../../tools/random.ts";

/** `shape` names an entry of `shapes`; the rest is its content. */
export type Idea = { shape: keyof typeof shapes; field: string; start: string; pattern: string };
/** Texts are numbered from `from` on, so that the next body has others. */
type Written = Idea & { from: number };
export type Slow = Idea & { msPerMB: number };
/** In ms of CPU per MB beyond JSON.parse, and as a multiple of what as many events of plain text take meanwhile. */
export type Cost = { msPerMB: number; timesPlain: number };

/** How much longer a body of four times the size may take: linear is 4, n log n a little more, quadratic 16. */
export const MOST_GROWTH = 8;
/**
 * The target is 20 ms per MB, three times what plain text takes (docs/security.md). With neighbours on the machine both
 * take up to twice as long.
 */
const MOST_TIMES_PLAIN = 3.5;
const MOST_MS_PER_MB = 40;
/** Which of two bodies meets a quiet moment is chance, so what seems too slow is measured again, more often. */
const ROUNDS = 10;
const MORE_ROUNDS = 40;
/** A measurement below this means nothing. */
const LEAST_MS = 4;

const fields: readonly [string, ...string[]] = [
  "url",
  "url",
  "referrer",
  "title",
  "target",
  "visitor_id",
  "event_id",
  "occurred_at",
  "amount",
  "currency",
  "name",
  "path",
  "user_agent",
  "ip",
  "method",
  "properties",
  "batch_id",
  "sent_at",
  "more",
  ...["language", "user_id", "previous_path", "entry_url", "entry_referrer", "first_url", "first_referrer", "visit"],
  ...["message", "template", "service"],
];
const starts: readonly [string, ...string[]] = [
  "",
  "/",
  "/?",
  "https://",
  "https://e.com/",
  "https://e.com/?",
  "https://e.com/?utm_medium=",
  "https://e.com/?utm_source=x&utm_medium=",
  "https://e.com/#",
  "https://e.com/?gclid",
  "2026-11-22T09:00:00.",
  "Mozilla/5.0 (",
  "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 ",
];
const patterns: readonly [string, ...string[]] = [
  ..." a A0.,:;/\\?&=+%#@-_[](){}\"'\t\n\0\x80\xe9\xdf\u202e\u0301\ufb01\ud800",
  ...[
    "& ",
    " &",
    "& & &",
    "a=b&",
    "utm",
    "&utm_",
    "&utm_source=",
    "&utm%5fsource=a",
    "gclid",
    "&gclid=",
    "%20",
    "%ed%a0%80",
  ],
  ...[
    "한",
    "😀",
    "İ",
    "Ａ",
    "../",
    "/..",
    "%2e/",
    "xn--a.",
    "a.",
    "1.",
    "0x",
    "::",
    "//",
    "bot",
    "Chrome/1 ",
    "Version/1.0 ",
  ],
  ...["; ", "( ", ") ", "cpc", "e-mail", "\u0000\ud800", "\\u0000", "00:", "Z", "+00:00", "GMT"],
] as [string, ...string[]];

/** Each writes an idea out as a body of about `bytes` bytes. */
const shapes = {
  /** One event with one long text. */
  text: (idea, bytes) => JSON.stringify(envelope(idea, [fill(idea, bytes, 0)])),
  /** As many events as may come, each with a text; addresses as long as one request may hold. */
  texts: (idea, bytes) => {
    const most = addressFields.some((field) => field === idea.field) ? addressBytes(idea) / EVENTS : bytes / EVENTS;
    return JSON.stringify(
      envelope(
        idea,
        Array.from({ length: EVENTS }, (_, i) => {
          const field = idea.field === "user_agent" && i >= MAX_USER_AGENTS ? "title" : idea.field;
          return padded(fill({ ...idea, field }, Math.min(bytes / EVENTS, most), i), idea, bytes / EVENTS);
        }),
      ),
    );
  },
  /** A few long ones. */
  longTexts: (idea, bytes) =>
    JSON.stringify(
      envelope(
        idea,
        Array.from({ length: 50 }, (_, i) =>
          padded(fill(idea, Math.min(bytes, addressBytes(idea)) / 50, i), idea, bytes / 50),
        ),
      ),
    ),
  /** Two in each event, as long as one request may hold more. */
  addresses: (idea, bytes) => {
    const count = Math.min(2 * EVENTS, Math.floor(addressBytes(idea) / LEAST_ADDRESS_BYTES));
    const each = Math.min(bytes, addressBytes(idea)) / count;
    const of = (field: string, i: number) => Object.entries(fill({ ...idea, field }, each, i)).at(-1) ?? [];
    const fields = ["url", idea.field.length % 2 === 0 ? "first_url" : "referrer"];
    const events = Array.from({ length: EVENTS }, (_, i) => {
      const addresses = 2 * i + 1 < count ? fields.map((field, k) => of(field, 2 * i + k)) : [["url", "/"]];
      return padded({ name: "page_view", ...Object.fromEntries(addresses), page_number: 1 }, idea, bytes / EVENTS);
    });
    return JSON.stringify(events);
  },
  keys: (idea, bytes) => `{"name":"x",${keys(idea, bytes, 0)}}`,
  properties: (idea, bytes) => `{"name":"x","properties":{${keys(idea, bytes, 0)}}}`,
  both: (idea, bytes) => `{"name":"x",${keys(idea, bytes / 2, 0)},"properties":{${keys(idea, bytes / 2, 3)}}}`,
  manyKeys: (idea, bytes) =>
    manyEvents(idea, bytes, 2600, ({ size, index, values }) => keys(idea, size, index, values)),
  list: (idea, bytes) => `{"name":"x","more":[${repeat(`${JSON.stringify(idea.pattern)},`, bytes)}0]}`,
  lists: (_, bytes) => `{"name":"x","more":[${repeat("[],{},", bytes)}0]}`,
  deep: (_, bytes) => `[{"name":"x","more":${repeat("[", bytes / 2)}${repeat("]", bytes / 2)}}]`,
  deepObjects: (_, bytes) => `{"name":"x","properties":${repeat('{"a":', bytes / 6)}1${repeat("}", bytes / 6)}}`,
  deepEvents: (_, bytes) =>
    `[${Array.from({ length: 60 }, () => `${repeat("[", bytes / 120)}${repeat("]", bytes / 120)}`)}]`,
  visits: (idea, bytes) =>
    manyEvents(idea, bytes, 2600, ({ size, index, values }) => {
      return `"visit":[2,"/",1,1,"","","",""],${keys(idea, size, index, values - 10)}`;
    }),
  longAmounts: (idea, bytes) =>
    manyEvents(idea, bytes, 2600, ({ size, index, values }) => {
      return `"amount":1.00000000000000000001,${keys(idea, size, index, values - 2)}`;
    }),
  /** As many events as fit, each of them as large as may be accepted. */
  manyFields: (idea, bytes) =>
    manyEvents(idea, bytes, 30_000, ({ size, index, values }) => `"properties":{${keys(idea, size, index, values)}}`),
  manyLists: (idea, bytes) =>
    manyEvents(idea, bytes, 30_000, ({ size, values }) => `"more":[${repeat("[],{},0,", size, values / 5)}0]`),
  manyItems: (idea, bytes) =>
    manyEvents(idea, bytes, 30_000, ({ size, values }) => `"more":[${repeat("0.1,", size, values)}0]`),
  /** In events that are rejected, of which the text is kept without addresses. */
  rejectedLists: (idea, bytes) =>
    manyEvents(idea, bytes, 30_000, ({ size, values }) => {
      return `"amount":{},"more":[${repeat(`${JSON.stringify(addressOf(idea))},`, size, values - 5)}0]`;
    }),
  rejectedText: (idea, bytes) =>
    manyEvents(idea, bytes, 30_000, ({ size }) => `"amount":{},"title":"${repeat(`${rawOf(idea)} `, size)}"`),
  /** In events that are accepted, whose properties are kept without addresses. */
  loggedText: (idea, bytes) =>
    manyEvents(idea, bytes, 2300, ({ size, addresses }) => {
      return `${accessLog},"properties":{"a":"${repeat(`${rawOf(idea)} `, size, addresses)}"}`;
    }),
  loggedLists: (idea, bytes) =>
    manyEvents(idea, bytes, 30_000, ({ size, addresses }) => {
      return `${accessLog},"more":[${repeat(`${JSON.stringify(addressOf(idea))},`, size, addresses)}0]`;
    }),
  messages: (idea, bytes) =>
    manyEvents(idea, bytes, 2300, ({ size, addresses }) => {
      return `"name":"app_log","level":"info","message":"${repeat(`${rawOf(idea)} `, size, addresses)}"`;
    }),
  /** Addresses of one's own machines, which are kept. */
  ownMessages: (idea, bytes) =>
    manyEvents(idea, bytes, 2300, ({ size, addresses }) => {
      const own = idea.start.length % 2 === 0 ? "::1 " : "10.0.0.1 ";
      return `"name":"app_log","level":"info","message":"${repeat(own, size, addresses)}"`;
    }),
  named: (idea, bytes) =>
    manyEvents(idea, bytes, 30_000, ({ size, addresses, values }) => {
      return `"more":[${repeat(`{"ip":"${addressOf(idea)}"},`, size, Math.min(addresses, values / 2 - 5))}0]`;
    }),
  manyNumbers,
  /** As many of everything as one request may hold. */
  mixed: (idea, bytes) =>
    manyEvents(idea, bytes, 30_000, ({ size, index, values, ...of }) => {
      const [numbers, addresses] = [Math.min(of.numbers, values / 3 - 5), Math.min(of.addresses, values / 3 - 5)];
      const more = `${repeat(`${numberOf(idea)},`, size, numbers)}${repeat(`"${addressOf(idea)}",`, size, addresses)}`;
      return `${accessLog},"more":[${more}0],${keys(idea, 15_000, index, values - numbers - addresses - 4)}`;
    }),
  /** A text of characters that the parser might mark numbers with. */
  markedNumbers: (idea, bytes) =>
    `[{"name":"x","title":"${repeat(markOf(idea), bytes / 8)}"},${manyNumbers(idea, bytes * 0.8).slice(1)}`,
  longNumbers: (idea, bytes) => `{"name":"x","more":[${repeat(`${numberOf(idea)},`, bytes)}0]}`,
  /** Beside the one event that the envelope holds. */
  envelopeKeys: (idea, bytes) => `{"events":[{"name":"x"}],${keys(idea, bytes, 0)}}`,
  envelopeEvents: (idea, bytes) => `{"events":[${repeat(`${JSON.stringify(idea.pattern)},`, bytes)}0]}`,
  numbers: (_, bytes) => `{"name":"x","amount":1${repeat("0", bytes)},"more":[${repeat("1.5e9,", bytes)}0]}`,
  broken: (idea, bytes) => repeat(idea.start + idea.pattern, bytes),
} satisfies Record<string, (idea: Written, bytes: number) => string>;
/** A little less than one request may have. */
const EVENTS = MAX_EVENTS - 1;
/** A little less than one request may have of addresses, of which a host in other letters than ASCII's is a part. */
function addressBytes({ start, pattern }: Idea): number {
  const isHost = start.endsWith("//") && Buffer.byteLength(pattern) !== pattern.length;
  return (MAX_ADDRESS_BYTES - 2000) / (isHost ? HOST_WEIGHT : 1);
}
const accessLog = '"name":"access_log","status":200,"path":"/"';
const shapeNames = Object.keys(shapes) as [Idea["shape"], ...Idea["shape"][]];

/** The slowest ideas of `tries`, the slowest first. Calls `onSlower` for each that is slower than all before it. */
export function searchSlowest({
  seed,
  tries,
  bytes = 1 << 18,
}: {
  seed: number;
  tries: number;
  bytes?: number;
}): Slow[] {
  const random = createRandom(seed);
  let best: Slow[] = [];
  for (let i = 0; i < tries; i++) {
    const idea =
      best.length > 0 && random() < 0.5 ? changed(pick(random, best as [Slow, ...Slow[]]), random) : anyIdea(random);
    const msPerMB = perMB(leastMs(idea, bytes, 4), idea, bytes);
    best = [...best, { ...idea, msPerMB }].sort((a, b) => b.msPerMB - a.msPerMB).slice(0, 8);
  }
  return best;
}

/**
 * How much longer a body takes than one of a quarter of its size: the minimum of some measurements, because the machine
 * is shared.
 */
export function growthOf(idea: Idea, bytes = 1 << 20): number {
  let growth = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10 && growth > MOST_GROWTH; i++)
    growth = Math.min(growth, leastMs(idea, bytes, 1) / Math.max(leastMs(idea, bytes / 4, 3), LEAST_MS));
  return growth;
}

/** What a full body costs: the minimum of some measurements, because the machine is shared. */
export function costOf(idea: Idea): Cost {
  const cost = leastCostOf(idea, ROUNDS);
  return isTooSlow(cost) ? leastCostOf(idea, MORE_ROUNDS) : cost;
}

export function isTooSlow({ msPerMB, timesPlain }: Cost): boolean {
  return timesPlain > MOST_TIMES_PLAIN || msPerMB > MOST_MS_PER_MB;
}

function leastCostOf(idea: Idea, rounds: number): Cost {
  const bytes = 1 << 20;
  const [own, plainOne] = leastOf([idea, plain], bytes, rounds) as [number, number];
  const msPerMB = perMB(own, idea, bytes);
  return { msPerMB, timesPlain: msPerMB / perMB(plainOne, plain, bytes) };
}

/** All of which is stored; of a title only the beginning is. */
const plain: Idea = { shape: "texts", field: "properties", start: "", pattern: "plain text " };

function perMB(ms: number, idea: Idea, bytes: number): number {
  return (ms / Buffer.byteLength(bodyOf(idea, bytes))) * 1e6;
}

/** An idea written out; collect accepts at most 1 MiB. */
export function bodyOf(idea: Idea, bytes: number, from = 0): string {
  const body = shapes[idea.shape]({ ...idea, from }, Math.min(bytes, 1 << 20));
  return single.has(idea.shape) ? body : withFewEscapes(body);
}

/** Of one event alone, or of none. */
const single = new Set<Idea["shape"]>([
  "text",
  "keys",
  "properties",
  "both",
  "list",
  "lists",
  "deep",
  "deepObjects",
  "longNumbers",
  "envelopeKeys",
  "numbers",
  "broken",
]);

export const shapesOfMany = shapeNames.filter((shape) => !single.has(shape) && !shape.startsWith("envelope"));

/** With no more escapes than one request may have. */
function withFewEscapes(body: string): string {
  if (!body.includes("\\")) return body;
  let left = MAX_ESCAPES;
  return body.replace(/\\(?:u[\da-fA-F]{4}|.)/g, (code) => (left-- > 0 ? code : "abcdef".slice(0, code.length)));
}

const context = { timezone: "Asia/Seoul", visitorSalt: "s", maxLatenessDays: 7, eventsStreams: ["s"] as [string] };
let salt = 0;

/** CPU time of this process for a body, in ms, without the parsing itself. */
function leastMs(idea: Idea, bytes: number, times: number): number {
  return Math.max(...leastOf([idea], bytes, times));
}

/**
 * The same for a body of each idea, in turns, so that neighbours slow all of them down. It is the least of both,
 * collecting and parsing, because the machine is shared. Each time it is another body, with texts that no cache has.
 */
function leastOf(ideas: readonly Idea[], bytes: number, times: number): number[] {
  const least = ideas.map((idea) => ({
    idea,
    collecting: Number.POSITIVE_INFINITY,
    parsing: Number.POSITIVE_INFINITY,
  }));
  for (let i = 0; i < times; i++)
    for (const one of least) {
      const body = Buffer.from(bodyOf(one.idea, bytes, 2000 * salt)).toString(); // in one piece, as bodies come
      const parsing = cpuOf(() => parse(body));
      const request = requestOf(body);
      const collecting = cpuOf(() => collectOrRefuse(request));
      one.parsing = Math.min(one.parsing, parsing);
      one.collecting = Math.min(one.collecting, collecting);
    }
  return least.map(({ collecting, parsing }) => Math.max(0, collecting - parsing));
}

/** From another address each time, so that collect's caches do not hide what it costs. */
function requestOf(body: string): CollectRequest {
  const address = `192.0.2.${salt++}`;
  const caller = { app: "web", trusted: true };
  return { body, caller, address, userAgent: address, country: undefined, acceptLanguage: "" };
}

/** A body that is refused as a whole has its price, too. */
function collectOrRefuse(request: CollectRequest): Collected | undefined {
  try {
    return collect(request, { ...context, now: 1.8e12, newId: () => randomUUID() });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    return undefined;
  }
}

/** What is answered to an idea; undefined if it is refused as a whole. */
export function answerTo(idea: Idea): Collected["answer"] | undefined {
  return collectOrRefuse(requestOf(bodyOf(idea, 1 << 20)))?.answer;
}

function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function parse(body: string): void {
  try {
    JSON.parse(body);
  } catch {} // which costs as much
}

function anyIdea(random: Random): Idea {
  const pattern = random() < 0.6 ? pick(random, patterns) : pick(random, patterns) + pick(random, patterns);
  return {
    shape: random() < 0.6 ? pick(random, ["text", "texts", "longTexts", "addresses"]) : pick(random, shapeNames),
    ...word(random),
    pattern,
  };
}

function word(random: Random) {
  return { field: pick(random, fields), start: pick(random, starts) };
}

function changed(idea: Idea, random: Random): Idea {
  const roll = random();
  if (roll < 0.25) return { ...idea, ...word(random) };
  if (roll < 0.4) return { ...idea, shape: pick(random, shapeNames) };
  if (roll < 0.7) return { ...idea, pattern: (idea.pattern + pick(random, patterns)).slice(-40) };
  return { ...idea, pattern: pick(random, patterns) + idea.pattern.slice(0, 30) };
}

const kinds: Record<string, object> = {
  url: { name: "page_view" },
  ...Object.fromEntries(
    ["path", "user_agent", "ip", "method"].map((field) => [field, { name: "access_log", status: 200 }]),
  ),
  ...Object.fromEntries(
    ["message", "template", "service"].map((field) => [field, { name: "app_log", level: "info", message: "m" }]),
  ),
};

function fill({ field, start, pattern, from }: Written, bytes: number, index: number): object {
  const escaped = Buffer.byteLength(JSON.stringify(pattern)) - 2;
  const text = `${start}${from + index}${pattern.repeat(Math.max(1, Math.floor((bytes - start.length - 8) / escaped)))}`;
  return { name: "x", ...kinds[field], [field]: field === "properties" ? { a: text } : text };
}

/** With so much more of the idea's text as properties that it has `bytes`. */
function padded(event: object, { pattern }: Idea, bytes: number): object {
  const left = bytes - Buffer.byteLength(JSON.stringify(event)) - 12;
  const each = Buffer.byteLength(JSON.stringify(`${pattern} `)) - 2;
  return left < each ? event : { ...event, rest: `${pattern} `.repeat(left / each) };
}

function envelope({ field }: Idea, events: object[]): object {
  if (field !== "batch_id" && field !== "sent_at") return events;
  return {
    ...Object.fromEntries([[field, Object.entries(events[0] ?? {}).find(([name]) => name === field)?.[1]]]),
    events,
  };
}

function keys({ pattern }: Idea, bytes: number, index: number, most = Number.POSITIVE_INFINITY): string {
  const made: string[] = [];
  for (let length = 0, i = 0; (length < bytes && i < most) || i === 0; i++) {
    const key = `${JSON.stringify(pattern + (i * 37 + index).toString(36))}:0`;
    made.push(key);
    length += Buffer.byteLength(key) + 1;
  }
  return made.join(",");
}

function manyNumbers(idea: Idea, bytes: number): string {
  return manyEvents(idea, bytes, 30_000, ({ size, numbers }) => {
    return `"more":[${repeat(`${numberOf(idea)},`, size, numbers)}0]`;
  });
}

/** How many bytes an event has, its index, and how much each may have of what one request may hold. */
type Room = { size: number; index: number; values: number; numbers: number; addresses: number };

/** Events of about `each` bytes, filled up with the idea's text. */
function manyEvents(idea: Idea, bytes: number, each: number, inside: (room: Room) => string): string {
  const count = Math.max(1, Math.floor(bytes / each));
  const of = (most: number) => Math.floor(most / count) - 5;
  const size = Math.min(each, bytes);
  const room = { size, values: of(MAX_VALUES), numbers: of(MAX_LONG_NUMBERS), addresses: of(MAX_CUTS) };
  const events = Array.from({ length: count }, (_, index) => {
    const fields = inside({ ...room, index });
    const left = size - Buffer.byteLength(fields);
    return `{"name":"x",${fields}${left < 20 ? "" : `,"rest":"${repeat(JSON.stringify(`${idea.pattern} `).slice(1, -1), left)}"`}}`;
  });
  return `[${events}]`;
}

/** A number that takes a second look, chosen by the idea's text. */
function numberOf({ field, pattern }: Idea): string {
  return numbers[(field.length + pattern.length) % numbers.length] ?? "0";
}
function addressOf({ start, pattern }: Idea): string {
  return addresses[(start.length + pattern.length) % addresses.length] ?? "";
}
const addresses = ["::1", "1.1.1.1", "a::", "1:2:3:4:5:6:7:8", "10:06:03", "v1.1.1.1", "x/1.1.1.1:1", ":::::"];

/** As JSON has it between its quotes. */
function rawOf(idea: Idea): string {
  const texts = [addressOf(idea), "\\u0061", "\\n1.1.1.1", "%201.1.1.1", "\\\\u0061", "\\ud800", "\\u0000"];
  return texts[idea.pattern.length % texts.length] ?? "";
}

/** One or all of them, as escapes or as they are. */
function markOf({ start, pattern }: Idea): string {
  return marks[(start.length + pattern.length) % marks.length] ?? "";
}
const marks = ["\\u0001", "\\u007f", "\x7f", "\\u0001\\u0002", "\x7f\x81\x84\x8d\x8f\x90\x98\x9d"];

const numbers = [
  "12345678901234567890",
  "12345678901234567",
  "0.12345678901234567",
  "1.5e9",
  "1e300",
  "1234567890123456.0",
  "1e999",
  "1e308",
  "1e-320",
  "-4.9e-324",
];

/** At most so many times, and never more than `bytes` unless it is that long itself. */
function repeat(text: string, bytes: number, most = Number.POSITIVE_INFINITY): string {
  return text.repeat(Math.max(1, Math.floor(Math.min(most, bytes / Buffer.byteLength(text)))));
}
