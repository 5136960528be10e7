import { describe, expect, test } from "vitest";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import { addressCleaner } from "../../../src/collect/event/clean-address.ts";
import { createLineWriter, eventMoment, type RequestFacts } from "../../../src/collect/event/event-row.ts";

const receivedAt = Date.UTC(2026, 10, 22, 12);
const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36";
const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

type Changes = Partial<Omit<RequestFacts, "clock">> & { trusted?: boolean };

const factsWith = ({ trusted = false, ...changes }: Changes = {}): RequestFacts => ({
  app: "web",
  trusted,
  clock: { receivedAt, sentAt: undefined, maxLatenessDays: trusted ? Number.POSITIVE_INFINITY : 7 },
  before2000: false,
  receivedAt: "2026-11-22T12:00:00.000Z",
  timezone: "Asia/Seoul",
  secret: { salt: "salt", sketch: "key" },
  address: "203.0.113.7",
  cleanAddress: addressCleaner("orderNo"),
  userAgent: chrome,
  country: "KR",
  language: "ko",
  ...changes,
});

/** The rows of some events of one request, each with its day. */
function rowsOf(events: readonly (object & { day?: string })[], changes?: Changes) {
  const write = createLineWriter(factsWith(changes), "batch-1");
  return events.map(({ day = "2026-11-22", ...event }) => {
    const checked = checkEvent(event);
    if ("errors" in checked) throw new Error(checked.errors[0]?.message);
    const { begin, end } = write(checked, { instant: checked.occurredAt ?? receivedAt, day }, "event-1");
    return JSON.parse(begin + end);
  });
}
const rowOf = (event: object, changes?: Changes) => rowsOf([event], changes)[0];

describe("eventMoment", () => {
  const place = (iso: string, changes?: Changes) => eventMoment(Date.parse(iso), factsWith(changes));

  test("is the instant, and its day in the zone of the stage", () => {
    expect(place("2026-11-21T15:00:00Z")).toEqual({ instant: Date.UTC(2026, 10, 21, 15), day: "2026-11-22" });
    expect(place("2026-11-21T14:59:59Z")).toEqual({ instant: Date.UTC(2026, 10, 21, 14, 59, 59), day: "2026-11-21" });
  });

  test("begins with the first day of 1970, as the zone counts it", () => {
    const meant = { trusted: true, before2000: true };
    expect(place("1969-12-31T15:00:00Z", meant)).toEqual({ instant: -9 * 3_600_000, day: "1970-01-01" });
    expect(place("1969-12-31T14:59:59Z", meant)).toEqual({
      errors: [{ path: "occurred_at", message: 'Expected a time since 1970-01-01, got "1969-12-31T14:59:59.000Z"' }],
    });
  });

  test("begins with the first day of 2000 for who does not mean earlier ones", () => {
    const day = "2000-01-01";
    expect(place("1999-12-31T15:00:00Z", { trusted: true })).toEqual({ instant: Date.UTC(1999, 11, 31, 15), day });
    expect(place("1999-12-31T14:59:59Z", { trusted: true })).toEqual({
      errors: [
        {
          path: "occurred_at",
          message:
            'Expected a time since 2000-01-01, or "before_2000": true beside the events, got "1999-12-31T14:59:59.000Z"',
        },
      ],
    });
  });

  test.each([
    ["0075-06-01T00:00:00Z"],
    ["-000001-06-01T00:00:00Z"],
    ["-002000-06-01T00:00:00Z"],
    ["-005000-06-01T00:00:00Z"],
    ["-271821-04-20T00:00:00Z"],
  ])("has nothing for %s, not even under the name of a later year", (iso) => {
    expect(place(iso, { trusted: true })).toMatchObject({ errors: [{ path: "occurred_at" }] });
  });
});

describe("a row", () => {
  test("leaves out what an event does not say", () => {
    const own = { amount: null, currency: null, target: null, title: null, session_id: null, user_id: null };
    const sender = { address: "", country: undefined, language: undefined, userAgent: "" };
    expect(rowOf({ name: "login", language: null, ...own }, sender)).toEqual({
      event_id: "event-1",
      batch_id: "batch-1",
      name: "login",
      app: "web",
      day: "2026-11-22",
      occurred_at: "2026-11-22T12:00:00.000Z",
      received_at: "2026-11-22T12:00:00.000Z",
      is_bot: false,
    });
  });

  test("leaves out a text of which nothing can be stored", () => {
    expect(rowOf({ name: "login", session_id: "\0", referrer: "\0\0" })).not.toHaveProperty("session_id");
    expect(rowOf({ name: "login", referrer: "\0\0" })).not.toHaveProperty("referrer");
  });

  test("keeps neither who logs in nor what is private, in the page's address and in the one before, and still its campaign", () => {
    const url = "https://joe:secret@e.com/pay?orderNo=7&utm_source=mail&token=s3cret";
    const row = rowOf({ name: "page_view", url, referrer: "https://admin:hunter2@ads.example/?email=anna@e.com" });
    expect(row).toMatchObject({
      url: "https://e.com/pay?utm_source=mail",
      host: "e.com",
      utm_source: "mail",
      referrer: "https://ads.example/",
      referrer_host: "ads.example",
    });
    expect(JSON.stringify(row)).not.toMatch(/secret|s3cret|hunter2|anna|joe/);
  });

  test.each([
    ["https://u:p@e.com/a?token=x&b=1", "https://e.com/a?b=1"],
    ["data:text/csv,anna@e.com", "data:"],
    ["DATA:;base64,AAAA", "data:"],
    ["blob:https://e.com/0198f2f4-8c00-7aaa-8bbb-0123456789ab", "blob:"],
    ["javascript:alert(1)", "javascript:"],
    ["data: what it is", "data: what it is"],
    ["Mail anna@e.com", "Mail anna@e.com"],
    ["what? token=1", "what? token=1"],
    ["posting-1", "posting-1"],
  ])("has %j for a target as %j: an address is cleaned like any other, and a file is not kept", (target, kept) => {
    expect(rowOf({ name: "click", target })).toMatchObject({ target: kept });
  });

  test("keeps an amount, a status and a size of zero", () => {
    expect(rowOf({ name: "payment", amount: 0, currency: "krw" })).toMatchObject({ amount: 0, currency: "KRW" });
    expect(rowOf({ name: "access_log", status: 200, bytes: 0 })).toMatchObject({ status: 200, bytes: 0 });
    expect(rowOf({ name: "access_log", status: 200, bytes: null })).not.toHaveProperty("bytes");
  });

  test("holds all five campaign fields of the address", () => {
    const url = "/?utm_source=s&utm_medium=m&utm_campaign=c&utm_term=t&utm_content=n";
    expect(rowOf({ name: "page_view", url })).toMatchObject({
      utm_source: "s",
      utm_medium: "m",
      utm_campaign: "c",
      utm_term: "t",
      utm_content: "n",
    });
  });

  test("has an address only where the event has one, not where it has a path alone", () => {
    const row = rowOf({ name: "access_log", status: 200, path: "/a?b=1" });
    expect(row).toMatchObject({ path: "/a" });
    expect(row).not.toHaveProperty("url");
  });

  test("has the language that the event says, else the browser's", () => {
    const languageOf = (event: object) => rowOf({ name: "login", ...event }).language;
    expect(["zh-Hant-TW", "EN", "", null, undefined].map((language) => languageOf({ language }))).toEqual([
      ...["zh", "en"],
      ...["ko", "ko", "ko"],
    ]);
    const log = { name: "access_log", status: 200 };
    expect([rowOf(log).language, rowOf({ ...log, language: "de" }).language]).toEqual([undefined, "de"]);
  });

  test("says when the event occurred, not when it was received", () => {
    const row = rowOf({ name: "login", occurred_at: "2026-11-22T11:59:00Z" });
    expect(row).toMatchObject({ occurred_at: "2026-11-22T11:59:00.000Z", received_at: "2026-11-22T12:00:00.000Z" });
  });

  test("is a robot's when the sender says so, unless the sender is trusted", () => {
    const isBot = (userAgent: string, trusted: boolean) => rowOf({ name: "login" }, { userAgent, trusted }).is_bot;
    expect([isBot(googlebot, false), isBot(googlebot, true)]).toEqual([true, false]);
    expect([isBot(chrome, false), isBot(chrome, true)]).toEqual([false, false]);
  });

  test.each([
    [googlebot, true],
    ["curl/8.5.0", true],
    ["facebookexternalhit/1.1", true],
    [chrome, false],
    [undefined, false],
  ])("is a robot's where a server has logged %j, whoever sends the log", (user_agent, isBot) => {
    for (const trusted of [true, false])
      for (const userAgent of [chrome, googlebot])
        expect(rowOf({ name: "access_log", status: 200, user_agent }, { trusted, userAgent }).is_bot).toBe(isBot);
  });

  test.each([
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
  ])("is a person's whose mail is opened through %s", (userAgent) => {
    const row = rowOf({ name: "open" }, { userAgent });
    expect([row.is_bot, row.device, row.browser, row.os]).toEqual([false, undefined, undefined, undefined]);
  });
});

describe("what is kept beside the fields of an event", () => {
  const about = "203.0.113.7, 10.0.0.5";

  test.each([
    [{ name: "access_log", status: 200, properties: { request: `CONNECT ${about}` } }, "CONNECT [address], [address]"],
    [{ name: "access_log", status: 200, "http.request.header.x-forwarded-for": about }, "[address], [address]"],
    [{ name: "access_log", status: 200, properties: { version: "1.2.3.4" } }, "1.2.3.4"],
    [{ name: "app_log", level: "info", "client.address": about }, "[address], 10.0.0.5"],
    [{ name: "page_view", url: "/", ip: about }, "[address], [address]"],
    [{ name: "page_view", url: "/", properties: { build: "1.2.3.4" } }, "1.2.3.4"],
  ])("has no visitor's address: %j", (event, kept) => {
    expect(Object.values(JSON.parse(rowOf(event).properties ?? ""))).toEqual([kept]);
  });

  test("is a message without addresses but those of one's own machines", () => {
    const message = "no route to 10.0.0.5:5432 for 203.0.113.7";
    const row = rowOf({ name: "app_log", level: "info", message });
    expect(row.message).toBe("no route to 10.0.0.5:5432 for [address]");
  });

  test.each(["203.0.113.7", "2001:db8::7", "203.0.113.7:80"])("is no user by the address %s in a log", (user_id) => {
    expect(rowOf({ name: "access_log", status: 200, user_id }).user_id).toBeUndefined();
    expect(rowOf({ name: "app_log", level: "info", user_id }).user_id).toBeUndefined();
  });
});

describe("an address that begins with two slashes", () => {
  test("is another host's where a page says it, and a path where a server was asked for it", () => {
    const { host, path, url } = rowOf({ name: "page_view", url: "//e.com/p", referrer: "//www.google.com/" });
    expect([host, path, url]).toEqual(["e.com", "/p", "https://e.com/p"]);
    expect(rowOf({ name: "page_view", url: "/p", referrer: "//www.google.com/" }).channel).toBe("search");
    const log = rowOf({ name: "access_log", status: 404, url: "//e.com/p" });
    expect([log.host, log.path]).toEqual([undefined, "//e.com/p"]);
  });
});

describe("the channel", () => {
  const channelOf = (event: object) => rowOf({ name: "login", ...event }).channel;

  test.each([
    [{}, undefined],
    [{ url: "/a" }, "direct"],
    [{ referrer: "https://www.google.com/" }, "search"],
    [{ referrer: "no address" }, undefined],
    [{ url: "https://e.com/", referrer: "https://e.com/before" }, "internal"],
    [{ url: "https://e.com/?gclid=1", referrer: "https://www.google.com/" }, "paid"],
    [{ url: "/?utm_medium=email", referrer: "https://www.google.com/" }, "email"],
  ])("of %j is %j", (event, channel) => {
    expect(channelOf(event)).toBe(channel);
  });

  test("is not given for an access log: its visits are page views too", () => {
    expect(rowOf({ name: "access_log", status: 200, url: "/a" })).not.toHaveProperty("channel");
  });
});

describe("a visitor without id", () => {
  const log = (changes: object) => ({ name: "access_log", status: 200, ip: "198.51.100.9", ...changes });
  const visitorsOf = (events: readonly object[]) => rowsOf(events).map((row) => row.visitor_id);

  test("is the same one in all events of a request", () => {
    const [first, second] = visitorsOf([{ name: "login" }, { name: "login" }]);
    expect(first).toMatch(/^[\w-]{22}$/);
    expect(second).toBe(first);
  });

  test("is another one on another day, at another address, with another browser", () => {
    const visitors = visitorsOf([
      log({}),
      log({ day: "2026-11-21" }),
      log({ ip: "198.51.100.10" }),
      log({ user_agent: chrome }),
      log({}),
    ]);
    expect(new Set(visitors).size).toBe(4);
    expect(visitors[4]).toBe(visitors[0]);
  });

  test("of an access log depends on the log's content, never on who sent the log", () => {
    const row = (address: string, userAgent: string) => rowOf(log({}), { address, userAgent });
    expect(row("10.0.0.1", chrome)).toEqual(row("10.0.0.2", googlebot));
    expect(rowOf(log({}))).toEqual(rowOf(log({ user_agent: "" })));
    expect(rowOf(log({ ip: null }))).not.toHaveProperty("visitor_id");
    expect(rowOf(log({}))).not.toHaveProperty("country");
  });

  test.each(["", "0.0.0.0", "::", "unix:", "host.example.com"])("has no id when the address is %j", (address) => {
    expect(rowOf({ name: "login" }, { address })).not.toHaveProperty("visitor_id");
    expect(rowOf({ name: "access_log", status: 200, ip: address })).not.toHaveProperty("visitor_id");
  });
});

describe("sketch coordinates", () => {
  test("are those of visitor and user, and an access log has none", () => {
    const ids = { visitor_id: "v1", user_id: "u1" };
    const columns = ["visitor_register", "visitor_rank", "user_register", "user_rank"];
    const coordinatesOf = (event: object) => Object.keys(rowOf(event)).filter((column) => columns.includes(column));
    expect(coordinatesOf({ name: "login", ...ids })).toEqual(columns);
    expect(coordinatesOf({ name: "login", visitor_id: "v1" })).toEqual(columns.slice(0, 2));
    expect(coordinatesOf({ name: "access_log", status: 200, ...ids })).toEqual([]);
  });
});
