/** The demo's traffic is what a beacon could have sent, the same for the same day, and no more than was asked for. */
import { expect, test } from "vitest";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import { describeUserAgent } from "../../../src/collect/visitor/user-agent.ts";
import { dayMs, hourMs, visitations } from "../../../tools/demo/days.ts";
import { pastRequests } from "../../../tools/demo/history.ts";
import { createRandom } from "../../../tools/random.ts";

const midnight = Date.parse("2026-11-22T15:00:00Z");
const weeks = { days: 10, visits: 60, midnight, now: midnight + 8 * hourMs };
const requests = pastRequests(weeks);
const events = requests.flatMap((request) => request.events);

test("every event is accepted, and has an id of its own", () => {
  expect(events.flatMap((event) => ("errors" in checkEvent(event) ? [event, checkEvent(event)] : []))).toEqual([]);
  expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(events.length);
});

test("there is something of every kind, in believable proportions", () => {
  const count = (name: string) => events.filter((event) => event.name === name).length;
  expect(count("impression")).toBeGreaterThan(count("click"));
  expect(count("page_view")).toBeGreaterThan(count("click"));
  expect(count("click")).toBeGreaterThan(count("login"));
  expect(count("login")).toBeGreaterThan(count("payment"));
  expect(count("payment")).toBeGreaterThan(0);
  expect(events.filter(({ url }) => url.includes("campus-week")).length).toBeGreaterThan(20);
});

test("its pages say which of a visit they are, so that visits, bounces and durations are counted", () => {
  const numbered = (page: number) => events.filter(({ page_number }) => page_number === page).length;
  expect(numbered(1)).toBe(new Set(events.map(({ session_id }) => session_id)).size);
  expect(numbered(2)).toBeGreaterThan(numbered(1) / 4);
  expect(numbered(2)).toBeLessThan(numbered(1));
  for (const { entry_url, elapsed_ms, visit_ms } of events)
    expect([entry_url, Number(elapsed_ms) <= Number(visit_ms)]).toEqual([expect.stringMatching(/^https:/), true]);
});

test("all of it is past, within the days that were asked for", () => {
  const times = events.map(({ occurred_at }) => occurred_at);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(midnight - 10 * dayMs);
  expect(Math.max(...times)).toBeLessThan(weeks.now);
});

test("a second run makes the same events", () => {
  expect(pastRequests(weeks)).toEqual(requests);
});

test("nobody in it is a robot, and everybody has a browser", () => {
  for (const { person } of requests)
    expect(describeUserAgent(person.userAgent)).toMatchObject({ isBot: false, browser: expect.any(String) });
});

test("a request has at most 500 events", () => {
  expect(Math.max(...requests.map((request) => request.events.length))).toBeLessThanOrEqual(500);
});

test("a weekend is quieter than the week", () => {
  const on = (day: string) =>
    visitations(createRandom(1), { midnight: Date.parse(`${day}T15:00:00Z`), until: Infinity, daysAgo: 1, visits: 500 })
      .length;
  expect(on("2026-11-20")).toBeLessThan(on("2026-11-23"));
});
