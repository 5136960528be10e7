import { describe, expect, test } from "vitest";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import { addressCleaner } from "../../../src/collect/event/clean-address.ts";
import { createLineWriter, type Holds, visitBefore } from "../../../src/collect/event/event-row.ts";

const receivedAt = Date.UTC(2026, 10, 22, 12);
const facts = {
  app: "web",
  trusted: false,
  clock: { receivedAt, sentAt: undefined, maxLatenessDays: 7 },
  receivedAt: "2026-11-22T12:00:00.000Z",
  before2000: false,
  timezone: "Asia/Seoul",
  secret: { salt: "salt", sketch: "key" },
  address: "203.0.113.7",
  cleanAddress: addressCleaner(""),
  userAgent: "",
  country: undefined,
  language: undefined,
  ownHosts: new Set(["shop.example"]),
};

function checked(event: object) {
  const result = checkEvent({ name: "page_view", url: "https://e.com/now", ...event });
  if ("errors" in result) throw new Error(result.errors[0]?.message);
  return result;
}

const rowOf = (event: object, holds?: Holds) => {
  const write = createLineWriter(facts, "b");
  const { begin, end } = write(checked(event), { instant: receivedAt, day: "2026-11-22" }, "e", holds);
  return JSON.parse(begin + end);
};
const errorsOf = (event: object) => {
  const result = checkEvent({ name: "login", ...event });
  return "errors" in result ? result.errors.map(({ path, message }) => `${path}: ${message}`) : [];
};

describe("what an event says of its visit", () => {
  test("is kept, its addresses as paths", () => {
    const said = { page_number: 2, previous_path: "https://e.com/a/../b?token=s#x", elapsed_ms: 1500, visit_ms: 1500 };
    const row = rowOf({ ...said, entry_url: "https://e.com/b?utm_campaign=c", entry_referrer: "https://t.co/x" });
    expect(row).toMatchObject({ page_number: 2, previous_path: "/b", elapsed_ms: 1500, entry_path: "/b" });
    expect(row).toMatchObject({ path: "/now", utm_campaign: "c", referrer_host: "t.co", channel: "social" });
    expect(JSON.stringify(row)).not.toContain("token");
  });

  test.each([
    [{ page_number: 0 }, "page_number: Expected a whole number from 1 to 100000, got 0"],
    [{ page_number: 1.5 }, "page_number: Expected a whole number from 1 to 100000, got 1.5"],
    [{ page_number: "2" }, 'page_number: Expected a whole number from 1 to 100000, got "2"'],
    [
      { elapsed_ms: -3_599_687 },
      "elapsed_ms: Expected a whole number of milliseconds, at most 1800000: after that a visit is over, got -3599687",
    ],
    [
      { elapsed_ms: 28_800_220 },
      "elapsed_ms: Expected a whole number of milliseconds, at most 1800000: after that a visit is over, got 28800220",
    ],
    [{ visit_ms: 86_400_001 }, "visit_ms: Expected a whole number of milliseconds, at most 86400000, got 86400001"],
    [
      { previous_path: "a" },
      'previous_path: Expected an address, or a path that begins with /, which each page of a visit but the first has, got "a"',
    ],
    [
      { name: "page_view", url: "/b", page_number: 2 },
      "previous_path: Expected an address, or a path that begins with /, which each page of a visit but the first has, got nothing",
    ],
    [
      { entry_url: "javascript:0" },
      'entry_url: Expected an absolute URL or a path that begins with /, got "javascript:0"',
    ],
    [{ first_url: "x" }, 'first_url: Expected an absolute URL or a path that begins with /, got "x"'],
    [{ entry_referrer: 1 }, "entry_referrer: Expected a string, got 1"],
  ])("is refused by name where it cannot be: %j", (event, error) => {
    expect(errorsOf(event)).toEqual([error]);
  });

  test("is taken at its bounds, and where it is null or empty", () => {
    expect(errorsOf({ page_number: 100_000, elapsed_ms: 1_800_000, visit_ms: 86_400_000 })).toEqual([]);
    expect(errorsOf({ page_number: null, elapsed_ms: 0, visit_ms: 0, entry_url: "", previous_path: null })).toEqual([]);
  });

  test("adds pages by page views alone, and no time by the first of them", () => {
    const said = { page_number: 1, previous_path: "/before", elapsed_ms: 9, visit_ms: 9 };
    const first = rowOf(said);
    expect(first).toMatchObject({ page_number: 1, entry_path: "/now" });
    expect(first).not.toHaveProperty("elapsed_ms");
    expect(first).not.toHaveProperty("previous_path");
    const click = rowOf({ ...said, name: "click", target: "t" });
    expect(click).toMatchObject({ elapsed_ms: 9 });
    expect(click).not.toHaveProperty("page_number");
    expect(click).not.toHaveProperty("previous_path");
  });

  test("is nothing to a line of a server's log", () => {
    const said = { page_number: 1, elapsed_ms: 1, entry_url: "/?utm_source=a", entry_referrer: "https://t.co/" };
    const row = rowOf({ ...said, name: "access_log", status: 200, referrer: "https://e.com/" });
    expect(row).toMatchObject({ referrer_host: "e.com" });
    for (const column of ["page_number", "elapsed_ms", "utm_source", "channel", "entry_path"])
      expect(row).not.toHaveProperty(column);
  });
});

describe("the source of a visit", () => {
  const sourceOf = (event: object) => {
    const { channel, referrer_host: host } = rowOf({ page_number: 1, ...event });
    return host === undefined ? channel : `${channel} ${host}`;
  };

  test.each([
    [{ entry_url: "https://e.com/", entry_referrer: "https://www.google.com/" }, "search www.google.com"],
    [{ entry_url: "https://e.com/", entry_referrer: "https://e.com/a" }, "direct"],
    [{ entry_url: "https://e.com/", entry_referrer: "https://www.e.com/a" }, "direct"],
    [{ entry_url: "https://www.e.com/", entry_referrer: "https://e.com/a" }, "direct"],
    [{ entry_url: "https://e.com/", entry_referrer: "https://www.shop.example/a" }, "direct"],
    [{ entry_url: "https://e.com/", entry_referrer: "https://a.shop.example/a" }, "referral a.shop.example"],
    [{ entry_url: "https://e.com/", entry_referrer: "https://checkout.stripe.com/c/1" }, "direct"],
    [{ entry_url: "https://e.com/", entry_referrer: "https://accounts.google.com/" }, "direct"],
    [{ entry_url: "https://e.com/", entry_referrer: "https://nid.naver.com/" }, "direct"],
    [{ entry_url: "https://e.com/?gclid=1", entry_referrer: "https://nid.naver.com/" }, "paid"],
    [{ entry_url: "https://e.com/", entry_referrer: "android-app://com.kakao.talk/" }, "social com.kakao.talk"],
    [{ entry_url: "https://e.com/" }, "direct"],
    [{ entry_url: "https://e.com/", referrer: "https://t.co/" }, "direct"],
    [{ entry_referrer: "https://t.co/" }, "social t.co"],
    [{ referrer: "https://t.co/" }, "social t.co"],
    [{ referrer: "https://e.com/before" }, "direct"],
  ])("%j is %s", (event, source) => {
    expect(sourceOf(event)).toBe(source);
  });

  test("is one of the visitor's first visit, too", () => {
    const first = "https://e.com/?utm_source=chatgpt.com&utm_medium=cpc&utm_campaign=spring";
    expect(rowOf({ first_url: first, first_referrer: "https://chatgpt.com/a" })).toMatchObject({
      channel: "direct",
      first_channel: "paid",
      first_referrer_host: "chatgpt.com",
      first_utm_source: "chatgpt.com",
      first_utm_medium: "cpc",
      first_utm_campaign: "spring",
    });
  });
});

describe("a visit that began the day before", () => {
  const midnight = Date.UTC(2026, 10, 21, 15);
  const place = { instant: midnight + 60_000, day: "2026-11-22" };
  const beganOf = (event: object) => visitBefore(checked(event), place, "Asia/Seoul");
  const later = { page_number: 2, previous_path: "/" };

  test("is determined by how long ago that was", () => {
    expect(beganOf({ ...later, visit_ms: 60_001 })).toEqual({ instant: midnight - 1, day: "2026-11-21" });
    expect(beganOf({ ...later, visit_ms: 60_000 })).toBeUndefined();
    expect(beganOf(later)).toBeUndefined();
  });

  test("is no matter of a first page, nor of an event that adds nothing", () => {
    expect(beganOf({ page_number: 1, visit_ms: 60_001 })).toBeUndefined();
    expect(beganOf({ name: "login", visit_ms: 60_001, elapsed_ms: 0 })).toBeUndefined();
    expect(beganOf({ name: "click", target: "t", page_number: 3, visit_ms: 60_001, elapsed_ms: 0 })).toBeUndefined();
    expect(beganOf({ name: "access_log", status: 200, visit_ms: 60_001, elapsed_ms: 5 })).toBeUndefined();
  });

  test("gets what an event adds to it in a line of its own", () => {
    const event = { ...later, elapsed_ms: 5, visit_ms: 60_001, target: "t", amount: 1, currency: "KRW", more: 1 };
    const own = rowOf(event, "event");
    expect(own).toMatchObject({ name: "page_view", target: "t", amount: 1, properties: '{"more":1}' });
    for (const column of ["page_number", "previous_path", "elapsed_ms"]) expect(own).not.toHaveProperty(column);
    const part = rowOf(event, "visit");
    expect(part).toMatchObject({ name: "visit.part", page_number: 2, previous_path: "/", elapsed_ms: 5, path: "/now" });
    for (const column of ["target", "amount", "currency", "properties"]) expect(part).not.toHaveProperty(column);
  });
});
