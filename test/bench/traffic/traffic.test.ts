import { expect, test } from "vitest";
import { createTraffic } from "../../../bench/traffic/traffic.ts";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import { pagesOf } from "../../../src/stream/request-pages.ts";
import { createRandom, createZipf, timedUuid, uuid } from "../../../tools/random.ts";

const now = Date.parse("2026-11-22T03:00:00Z");
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-([47])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const requests = (seed: number) => {
  const traffic = createTraffic({ seed });
  return Array.from({ length: 50 }, () => traffic.next(20, now));
};

test("traffic is the same for the same seed, and another for another", () => {
  expect(requests(1)).toEqual(requests(1));
  expect(requests(1)).not.toEqual(requests(2));
});

test("traffic is accepted by collect, every event of it", () => {
  for (const { body } of requests(3)) {
    expect(body.events).toHaveLength(20);
    for (const event of body.events) expect(checkEvent(event)).not.toHaveProperty("errors");
  }
});

test("traffic has every id once", () => {
  const ids = requests(4).flatMap(({ body }) => [body.batch_id, ...body.events.map(({ event_id }) => event_id)]);
  expect(new Set(ids).size).toBe(ids.length);
});

test("uuids have their version, and the timed ones their minute", () => {
  const random = createRandom(5);
  for (let i = 0; i < 100; i++) {
    expect(uuidPattern.exec(uuid(random))?.[1]).toBe("4");
    expect(uuidPattern.exec(timedUuid(random, now))?.[1]).toBe("7");
    const sent = { batchId: timedUuid(random, now), receivedAt: new Date(now).toISOString(), trusted: false };
    expect(pagesOf(sent).pages).toEqual([`m${now / 60_000}`]);
  }
});

test("createZipf gives the first twice as often as the second, and all of them", () => {
  const rank = createZipf(10);
  const random = createRandom(6);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 30_000; i++) {
    const drawn = rank(random);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  expect((counts[0] ?? 0) / (counts[1] ?? 0)).toBeCloseTo(2, 0);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});
