import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createRefusedRequests } from "../../../local/http/refused.ts";
import { type HttpApi, startHttpApi } from "../../../local/http/service.ts";
import { createTroubles } from "../../../local/troubles.ts";

const status = {
  today: "2026-11-22",
  days: [],
  refused: {
    today: [{ reason: "rate", app: "web", requests: 2 }],
    last_7_days: [{ reason: "slow", app: "", requests: 1 }],
  },
};

let server: HttpApi | undefined;
let day = "2026-11-22";
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  day = "2026-11-22";
});

async function start() {
  const routes = [
    { method: "POST", path: "/v1/events", functionName: "collect" },
    { method: "GET", path: "/v1/status", functionName: "query" },
  ];
  const api = { routes, cors: undefined, throttle: undefined, timeoutMs: 5_000 };
  const invoke = async () => ({ payload: { statusCode: 200, body: JSON.stringify(status) } });
  const refused = createRefusedRequests(() => day);
  server = await startHttpApi({ api, port: 0, invoke, refused, progressMs: 100, troubles: createTroubles(() => {}) });
  const { url, port } = server;
  return { url, port, told: async () => JSON.parse(await (await fetch(`${url}/v1/status`)).text()) };
}

/** Sends some bytes and waits for the end of the connection; returns the first line that came. */
function send(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let came = "";
  socket.on("data", (chunk) => {
    came += chunk;
  });
  socket.on("error", () => {});
  socket.write(text);
  return new Promise((resolve) => socket.on("close", () => resolve(came.split("\r\n")[0] ?? "")));
}

test("the status names what was refused before a function was asked, beside what functions told", async () => {
  const { url, port, told } = await start();
  expect(await told()).toEqual(status);
  const post = (headers: Record<string, string>, body = "x") =>
    fetch(`${url}/v1/events`, { method: "POST", headers, body });
  expect((await post({ origin: "https://evil.example", authorization: "Bearer x" })).status).toBe(403);
  expect((await post({}, "x".repeat(11_000_000))).status).toBe(413);
  expect(await send(port, "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nx")).toContain(
    "408",
  );
  const leaving = connect(port, "127.0.0.1");
  leaving.end("POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nx");
  await new Promise((resolve) => leaving.on("close", resolve).resume());
  expect(await send(port, "no HTTP\r\n\r\n")).toBe("HTTP/1.1 400 Bad Request");
  const expected = [
    { reason: "rate", app: "web", requests: 2 },
    { reason: "origin", app: "", requests: 1 },
    { reason: "size", app: "", requests: 1 },
    { reason: "slow", app: "", requests: 1 },
    { reason: "unreadable", app: "", requests: 1 },
  ];
  const { refused } = await told();
  expect(refused.today).toEqual(expected);
  expect(refused.last_7_days).toContainEqual({ reason: "slow", app: "", requests: 2 });
});

test("what was refused on other days is not of today, and is forgotten after seven days with some", async () => {
  const refused = createRefusedRequests(() => day);
  for (const date of ["13", "14", "15", "16", "17", "18", "19", "20"]) {
    day = `2026-11-${date}`;
    refused.add("slow");
  }
  const answer = refused.tell("/v1/status", { status: 200, headers: {}, body: JSON.stringify(status) });
  const told = JSON.parse(String(answer.body)).refused;
  expect(told).toEqual({ today: status.refused.today, last_7_days: [{ reason: "slow", app: "", requests: 8 }] });
});

test("an answer to HEAD has no body, and stays so", () => {
  const refused = createRefusedRequests(() => day);
  refused.add("slow");
  const empty = { status: 200, headers: { "content-length": "17" }, body: "" };
  expect(refused.tell("/v1/status", empty)).toEqual(empty);
  expect(refused.tell("/v1/status", { ...empty, body: JSON.stringify(status) }).body).toContain('"slow"');
});
