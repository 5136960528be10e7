import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { generateLoad, makeTemplates, stamp } from "../../../bench/traffic/load-generator.ts";
import type { TrafficRequest } from "../../../bench/traffic/traffic.ts";

const options = { seconds: 0.3, events: 3, connections: 4, seed: 1, postings: 5 };

/** Answers requests with these statuses in order, and records what it was sent. */
async function startServer(...statuses: number[]) {
  const bodies: TrafficRequest["body"][] = [];
  const server = createServer(async (req, res) => {
    let text = "";
    for await (const chunk of req) text += chunk;
    const status = statuses[bodies.length % statuses.length] ?? 202;
    bodies.push(JSON.parse(text));
    if (status === 0) res.destroy();
    else res.writeHead(status, { "content-type": "application/json" }).end('{"accepted":3}');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, bodies, [Symbol.asyncDispose]: async () => void server.close() };
}

test("load never sends an id twice", () => {
  const templates = makeTemplates({ ...options, url: "http://127.0.0.1" });
  const ids = Array.from({ length: 3 * templates.length }, (_, i) => {
    const request = stamp(templates[i % templates.length], i + 1).toString();
    const { batch_id, events }: TrafficRequest["body"] = JSON.parse(request.slice(request.indexOf("\r\n\r\n") + 4));
    return [batch_id, ...events.map(({ event_id }) => event_id)];
  }).flat();
  expect(new Set(ids).size).toBe(ids.length);
});

test("load counts as accepted just what was answered 202, also when answers get lost", async () => {
  await using server = await startServer(202, 503, 202, 0);
  const { answers, accepted } = await generateLoad({ ...options, url: server.url });
  expect(Object.keys(answers).sort()).toEqual(["202", "503", "lost"]);
  const names = Object.entries(accepted).flatMap(([key, count]) => (key.includes(" ") ? [] : [count]));
  expect(names.reduce((sum, count) => sum + count, 0)).toBe((answers["202"] ?? 0) * options.events);
});

test("load keeps to a rate", async () => {
  await using server = await startServer(202);
  const { seconds } = await generateLoad({ ...options, url: server.url, rate: 50 });
  expect(server.bodies.length).toBeGreaterThan(0);
  expect(server.bodies.length).toBeLessThanOrEqual(Math.ceil(seconds * 50) + 1);
});
