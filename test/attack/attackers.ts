/** What hostile clients do with the public key, a wrong key, or none: each sends until it is told to stop. */
import { randomBytes, randomUUID } from "node:crypto";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { bodyOf } from "../fuzz/slowest.ts";

export type Attack = { url: string; signal: AbortSignal; answered: (status: number) => void };
type Attacker = (attack: Attack) => Promise<void>;

const key = "wk_local";
const json = { "content-type": "application/json" };
/** All of their batch ids contain this minute, whenever they are sent. */
const minute = "019abcde-f000-7";

async function post(attack: Attack, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const init = { method: "POST", body, headers: { ...json, "x-write-key": key, ...headers }, signal: attack.signal };
  const answer = await fetch(`${attack.url}/v1/events`, init);
  await answer.arrayBuffer();
  attack.answered(answer.status);
}

/** Repeats a step; a connection that the server cuts is no reason to stop. */
function repeat(step: (attack: Attack, n: number) => Promise<void>, pauseMs: number): Attacker {
  return async (attack) => {
    for (let n = 0; !attack.signal.aborted; n++) {
      await step(attack, n).catch(() => attack.answered(0));
      await wait(pauseMs);
    }
  };
}

const click = (more: object = {}) => ({ name: "click", target: "attacked", ...more });
const many = (count: number, event: (n: number) => object) =>
  JSON.stringify(Array.from({ length: count }, (_, n) => event(n)));

/** Sends the head of a request and a little more, then nothing, or a byte per second. */
function stall(attack: Attack, lines: string, isDripping: boolean): Promise<void> {
  const { hostname, port } = new URL(attack.url);
  const socket: Socket = connect(Number(port), hostname);
  const drip = isDripping ? setInterval(() => socket.write("x"), 1_000) : undefined;
  const stop = () => socket.destroy();
  attack.signal.addEventListener("abort", stop);
  return new Promise((resolve) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => attack.answered(Number(/^HTTP\/1\.1 (\d{3})/.exec(String(chunk))?.[1] ?? 0)));
    socket.on("close", () => {
      clearInterval(drip);
      attack.signal.removeEventListener("abort", stop);
      resolve();
    });
    socket.write(
      `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${lines}content-length: 900000\r\n\r\n${"x".repeat(200_000)}`,
    );
  });
}

const stalls = (lines: string, isDripping: boolean) =>
  repeat(async (attack) => {
    await Promise.all(Array.from({ length: 100 }, () => stall(attack, lines, isDripping)));
  }, 100);

export const attackers = {
  "ids of one minute": repeat(async (attack) => {
    const batch_id = `${minute}${randomUUID().slice(15)}`;
    await post(attack, JSON.stringify({ batch_id, events: [click()] }));
  }, 50),
  "copies that differ": repeat(async (attack) => {
    const batch_id = randomUUID();
    const copies = Array.from({ length: 8 }, (_, n) =>
      JSON.stringify({ batch_id, events: [click({ title: `${n}` })] }),
    );
    await Promise.all(copies.map((body, n) => post(attack, body, { "user-agent": `Mozilla/5.0 ${n}` })));
  }, 200),
  "packed addresses": repeat(async (attack) => {
    const body = JSON.stringify({ name: "page_view", url: `https://e.example/?utm_medium=${" &".repeat(450_000)}` });
    await post(attack, gzipSync(body), { "content-type": "application/octet-stream" });
  }, 500),
  /** Which take the longest for their size, a little below what one request may hold. */
  "costly bodies": repeat(async (attack, n) => {
    const start = "https://e.example/?utm_source=x&utm_medium=";
    await post(
      attack,
      bodyOf({ shape: "addresses", field: "properties", start, pattern: "\ud800 😀" }, 1 << 20, 2000 * n),
    );
  }, 3000),
  "new values": repeat(async (attack, n) => {
    const value = (i: number) => `${n}-${i}-${randomBytes(6).toString("hex")}`;
    const event = (i: number) => ({
      name: "page_view",
      url: `https://${value(i)}.example/${value(i)}?utm_source=${value(i)}`,
    });
    await post(attack, many(500, event));
  }, 200),
  "chosen visitors": repeat(async (attack, n) => {
    await post(
      attack,
      many(200, (i) => click({ visitor_id: `${n}-${i}` })),
    );
  }, 200),
  "ids of a server": repeat(async (attack, n) => {
    await post(attack, JSON.stringify(click({ event_id: honestId(n) })));
  }, 200),
  "huge bodies": repeat(async (attack) => await post(attack, "[".repeat(9_000_000)), 500),
  "wrong keys": repeat(
    async (attack) =>
      await post(
        attack,
        many(100, () => click()),
        { "x-write-key": randomUUID() },
      ),
    50,
  ),
  "foreign pages": repeat(async (attack) => {
    const headers = { origin: "https://evil.example", authorization: "Bearer rt_local" };
    const answer = await fetch(`${attack.url}/v1/status`, { headers, signal: attack.signal });
    await answer.arrayBuffer();
    attack.answered(answer.status);
    await post(attack, JSON.stringify(click()), { origin: "https://evil.example", "x-write-key": "tk_local" });
  }, 200),
  "stalled without a key": stalls("", false),
  "stalled with a key": stalls(`x-write-key: ${key}\r\n`, false),
  "slow with a key": stalls(`x-write-key: ${key}\r\n`, true),
} satisfies Record<string, Attacker>;

/** The id of the n-th honest event, which an attacker can guess. */
export function honestId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
}
