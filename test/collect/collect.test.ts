import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CollectContext, collect } from "../../src/collect/collect.ts";
import { limitsOf } from "../../src/collect/may-send.ts";
import { MAX_RECORD_BYTES } from "../../src/collect/pack-records.ts";
import { keyedCoordinates, sketchKeyOf } from "../../src/collect/visitor/visitor-secret.ts";
import { collectAnswer } from "../../src/schemas/api/collect-answer.ts";
import { eventTypes } from "../../src/schemas/events/event.ts";
import { eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { rejectedColumns } from "../../src/schemas/tables/rejected-columns.ts";
import { anyText } from "../fixtures/any-text.ts";
import { rowsOf } from "../rows.ts";

const now = Date.UTC(2026, 10, 22, 12);
const coordinates = (id = "") => keyedCoordinates(sketchKeyOf("salt"), id);
const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36";
const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const uuidA = "0a000000-0000-4000-8000-00000000000a";
const uuidB = "0b000000-0000-4000-8000-00000000000b";
/** may-send.test.ts tests what an app's key may send. */
const limits = limitsOf({ names: [...Object.keys(eventTypes), "custom"], maxAmount: Number.MAX_SAFE_INTEGER });
const web = { app: "web", trusted: false, limits };
const server = { app: "server", trusted: true };

type Changes = Partial<Omit<Parameters<typeof collect>[0], "body">> & { context?: Partial<CollectContext> };

function send(body: unknown, { context, ...request }: Changes = {}) {
  let made = 0;
  const collected = collect(
    {
      body: typeof body === "string" ? body : JSON.stringify(body),
      caller: web,
      address: "203.0.113.7",
      userAgent: chrome,
      country: "KR",
      acceptLanguage: "ko-KR,ko;q=0.9",
      ...request,
    },
    {
      now,
      newId: () => `ffffffff-0000-4000-8000-${String(made++).padStart(12, "0")}`,
      timezone: "Asia/Seoul",
      visitorSalt: "salt",
      maxLatenessDays: 7,
      eventsStreams: ["events-0"],
      ...context,
    },
  );
  collectAnswer.parse(collected.answer.body);
  return { ...collected, rows: rowsOf(collected.accepted), refused: rowsOf(collected.rejected) };
}
const errorsOf = (event: unknown, changes?: Changes) => send([event], changes).answer.body.rejected[0]?.errors;
const rowOf = (event: unknown, changes?: Changes) => send([event], changes).rows[0];

describe("the body", () => {
  test("may be one event, an array, or an envelope", () => {
    const event = { name: "login" };
    for (const body of [event, [event], { events: [event] }]) {
      expect(send(body).answer).toEqual({ status: 202, body: { accepted: 1, rejected: [] } });
    }
  });

  test("is an event when it has a name, even if it has a field `events`", () => {
    expect(rowOf({ name: "signup", events: 3 })).toMatchObject({ properties: '{"events":3}' });
    expect(send({ name: "signup", events: 3 }).answer.body.accepted).toBe(1);
  });

  test.each([
    ["", "Expected JSON, got an empty body"],
    ['{"name":', 'Expected JSON, got "{\\"name\\":"'],
    ["null", "Expected an object with at least a name, got null"],
    ["42", "Expected an object with at least a name, got 42"],
    [" 42\n", "Expected an object with at least a name, got 42"],
    ['"click"', 'Expected an object with at least a name, got "click"'],
    ["[]", "Expected at least one event, got none"],
    ['{"events":[]}', "Expected at least one event, got none"],
    ['{"events":5}', "Expected an array of events, got 5"],
    ['{"events":[{"name":"login"}],"batch_id":"7"}', 'Expected a UUID, got "7"'],
    ['{"events":[{"name":"login"}],"sent_at":"noon"}', /^Expected a time as ISO 8601/],
  ])("%j is refused as a whole, and kept", (body, message) => {
    const { answer, accepted, refused } = send(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ accepted: 0, rejected: [{ index: 0 }] });
    const text = answer.body.rejected[0]?.errors[0]?.message;
    expect(text).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
    expect(accepted).toEqual([]);
    expect(refused).toMatchObject([{ raw: body, app: "web", day: "2026-11-22" }]);
  });

  // Not in the table above: Stryker finds tests by name, and fails on a name of 100,000 characters.
  test("of 100,000 brackets is refused as a whole, and its beginning kept", () => {
    const { answer, refused } = send("[".repeat(100_000));
    expect(answer).toMatchObject({ status: 400, body: { accepted: 0, rejected: [{ index: 0 }] } });
    expect(answer.body.rejected[0]?.errors).toEqual([{ path: "", message: `Expected JSON, got "${"[".repeat(60)}…"` }]);
    expect(refused).toMatchObject([{ raw: "[".repeat(65_536) }]);
  });

  test.each([
    ["", ""],
    ["[]", "events"],
    ['{"events":[]}', "events"],
    ['{"events":{}}', "events"],
    ['{"events":[{"name":"login"}],"sent_at":"noon"}', "sent_at"],
    ['{"events":[{"name":"login"}],"batch_id":"7"}', "batch_id"],
  ])("%j is refused for its %j", (body, path) => {
    expect(send(body).answer.body.rejected).toMatchObject([{ errors: [{ path }] }]);
  });

  test("is kept on the day of its receipt in the stage's zone", () => {
    const context = { now: Date.UTC(2026, 10, 22, 15, 30) };
    const kept = { day: "2026-11-23", received_at: "2026-11-22T15:30:00.000Z" };
    expect(send("nonsense", { context }).refused).toMatchObject([kept]);
    expect(send([{ name: 5 }], { context }).refused).toMatchObject([kept]);
  });

  test("may leave batch_id and sent_at empty", () => {
    const { answer, rows } = send({ batch_id: null, sent_at: null, events: [{ name: "login", occurred_at: now - 1 }] });
    expect(answer.body).toEqual({ accepted: 1, rejected: [] });
    expect(rows[0]?.occurred_at).toBe("2026-11-22T11:59:59.999Z");
  });

  test("may hold 500 events and not 501", () => {
    const events = (n: number) => Array.from({ length: n }, () => ({ name: "login" }));
    expect(send(events(500)).answer.body.accepted).toBe(500);
    expect(() => send(events(501))).toThrow(
      expect.objectContaining({
        status: 413,
        message: "Cannot accept 501 events in one request: at most 500 are allowed",
      }),
    );
    expect(() => send({ events: events(501) })).toThrow(expect.objectContaining({ status: 413 }));
  });
});

describe("good and bad events", () => {
  test("are reported by index, and the valid ones are accepted", () => {
    const good = { name: "click", target: "posting-1" };
    const { answer, rows, refused } = send([
      good,
      { name: "click", target: 42, event_id: "mine" },
      good,
      { nonsense: true },
    ]);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      accepted: 2,
      rejected: [
        {
          index: 1,
          event_id: "mine",
          errors: [
            { path: "event_id", message: 'Expected a UUID, got "mine"' },
            { path: "target", message: "Expected a string of 1 to 256 characters, got 42" },
          ],
        },
        {
          index: 3,
          errors: [{ path: "name", message: "Expected a name that matches ^[a-z][a-z0-9_]{0,63}$, got nothing" }],
        },
      ],
    });
    expect(rows).toHaveLength(2);
    expect(refused).toEqual([
      {
        received_at: "2026-11-22T12:00:00.000Z",
        day: "2026-11-22",
        app: "web",
        event_id: "mine",
        name: "click",
        reason: "event_id",
        errors: JSON.stringify(answer.body.rejected[0]?.errors),
        raw: '{"name":"click","target":42,"event_id":"mine"}',
      },
      expect.objectContaining({ reason: "name", raw: '{"nonsense":true}' }),
    ]);
  });

  test.each([
    [{ name: "page_view" }, "url"],
    [{ name: "page_view", url: "" }, "url"],
    [{ name: "page_view", url: "not a url" }, "url"],
    [{ name: "page_view", url: "javascript:alert(1)" }, "url"],
    [{ name: "click" }, "target"],
    [{ name: "click", target: "" }, "target"],
    [{ name: "click", target: null }, "target"],
    [{ name: "click", target: "x".repeat(257) }, "target"],
    [{ name: "impression" }, "target"],
    [{ name: "payment", currency: "KRW" }, "amount"],
    [{ name: "payment", amount: 1.5, currency: "KRW" }, "amount"],
    [{ name: "payment", amount: "100", currency: "KRW" }, "amount"],
    [{ name: "payment", amount: 2 ** 53, currency: "KRW" }, "amount"],
    [{ name: "payment", amount: -(2 ** 53), currency: "KRW" }, "amount"],
    [{ name: "payment", amount: 1 }, "currency"],
    [{ name: "payment", amount: 1, currency: "WON!" }, "currency"],
    [{ name: "access_log" }, "status"],
    [{ name: "access_log", status: 99 }, "status"],
    [{ name: "access_log", status: 600 }, "status"],
    [{ name: "access_log", status: "200" }, "status"],
    [{ name: "access_log", status: 200, bytes: -1 }, "bytes"],
    [{ name: "access_log", status: 200, path: "x" }, "path"],
    [{ name: "Click" }, "name"],
    [{ name: "9lives" }, "name"],
    [{ name: "a".repeat(65) }, "name"],
    [{ name: "" }, "name"],
    [{ name: 5 }, "name"],
    [{ name: ["click"] }, "name"],
    [{ name: "x", event_id: "7" }, "event_id"],
    [{ name: "x", occurred_at: "yesterday" }, "occurred_at"],
    [{ name: "x", occurred_at: true }, "occurred_at"],
    [{ name: "x", occurred_at: "2026-02-30T00:00:00Z" }, "occurred_at"],
    [{ name: "x", visitor_id: 42 }, "visitor_id"],
    [{ name: "x", user_id: "u".repeat(257) }, "user_id"],
    [{ name: "x", url: 5 }, "url"],
    [{ name: "x", url: "nowhere" }, "url"],
    [{ name: "x", title: {} }, "title"],
    [{ name: "x", properties: [] }, "properties"],
    [{ name: "x", properties: "a" }, "properties"],
    [{ name: "x", deep: { a: { b: { c: { d: { e: { f: { g: { h: { i: { j: 1 } } } } } } } } } } }, "properties"],
    ["text", ""],
    [null, ""],
    [[{ name: "click", target: "x" }], ""],
  ])("%j is rejected for its %j", (event, path) => {
    expect(errorsOf(event)?.[0]?.path).toBe(path);
    expect(send([event, { name: "login" }]).answer).toMatchObject({ status: 202, body: { accepted: 1 } });
  });

  test("an event with more properties than can be stored is rejected, and the others go on", () => {
    const { answer } = send([{ name: "x", big: "b".repeat(40_000) }, { name: "login" }]);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ accepted: 1, rejected: [{ index: 0, errors: [{ path: "properties" }] }] });
  });

  test("a rejection carries the event's own id where that is a text, shortened", () => {
    const idOf = (event_id: unknown) => send([{ name: 5, event_id }]).answer.body.rejected[0]?.event_id;
    expect(idOf("x".repeat(100))).toBe("x".repeat(64));
    expect([idOf(7), idOf(null), idOf({})]).toEqual([undefined, undefined, undefined]);
    expect(send([["event_id"], null, "event_id"]).answer.body.rejected.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test("an error names the value, shortened", () => {
    expect(errorsOf({ name: "click", target: ["a"] })?.[0]?.message).toMatch(/got an array$/);
    expect(errorsOf({ name: "X".repeat(1000) })?.[0]?.message).toBe(
      `Expected a name that matches ^[a-z][a-z0-9_]{0,63}$, got "${"X".repeat(60)}…"`,
    );
  });

  test.each([
    [{ name: "login" }, {}],
    [{ name: "signup_done" }, { name: "signup_done" }],
    [{ name: "constructor" }, { name: "constructor" }],
    [
      { name: "payment", amount: -500, currency: "krw" },
      { amount: -500, currency: "KRW" },
    ],
    [{ name: "payment", amount: 2 ** 53 - 1, currency: "USD" }, { amount: 9007199254740991 }],
    [
      { name: "page_view", url: "/list?x=1" },
      { url: "/list?x=1", path: "/list" },
    ],
    [{ name: "login", user_id: null, title: null, occurred_at: null, event_id: null }, {}],
  ])("%j is accepted", (event, columns) => {
    expect(rowOf(event)).toMatchObject(columns);
  });

  test.each([
    ["[", "]"],
    ['{"__proto__":', "}"],
  ])("an event nested without end in %s is refused alone, and kept as it came", (open, close) => {
    const event = `{"name":"x","a":${open.repeat(100_000)}1${close.repeat(100_000)}}`;
    const { answer, refused } = send(`[{"name":"login"},${event},{"name":"login"}]`);
    expect(answer.body).toMatchObject({ accepted: 2, rejected: [{ index: 1, errors: [{ path: "properties" }] }] });
    expect(refused[0]?.raw === event.slice(0, 65_536)).toBe(true);
  });

  test.each([
    ["fields", (i: number) => `"k${i}":0`, ""],
    ["values", () => "[]", '"more":['],
    ["numbers that no double holds", () => "1e999", '"more":['],
  ])("an event with too many %s is refused alone, unread, and kept as it came", (_, one, start) => {
    const many = start + Array.from({ length: 60_000 }, (_, i) => one(i)).join() + (start && "]");
    const event = `{"name":"click","target":"a",${many}}`;
    const { answer, refused } = send(`[{"name":"login"},${event}, {"name":"login"}]`);
    const message = "Expected properties, unknown fields included, of at most 32768 bytes as JSON, got more";
    expect(answer.body).toEqual({ accepted: 2, rejected: [{ index: 1, errors: [{ path: "properties", message }] }] });
    expect(refused[0]).toMatchObject({ name: "click", raw: event.slice(0, 65_536) });
  });

  test("an event that the caller's key may not send is refused alone, and no key is without limits by itself", () => {
    const events = [{ name: "login" }, { name: "payment", amount: 5, currency: "EUR" }, { name: "click", target: "a" }];
    const rejectedOf = (caller: Changes["caller"]) =>
      send(events, caller ? { caller } : {}).answer.body.rejected.map(({ index, errors }) => [index, errors[0]?.path]);
    expect(rejectedOf({ app: "web", trusted: false })).toEqual([
      [0, "name"],
      [1, "name"],
    ]);
    expect(rejectedOf({ app: "web", trusted: false, limits: limitsOf({ names: ["login"] }) })).toEqual([
      [1, "name"],
      [2, "name"],
    ]);
    expect(rejectedOf(server)).toEqual([]);
  });

  test.each([
    [-8.64e15, "9999-12-31T23:59:59Z"],
    [-8.64e15, 8.64e15],
    ["0001-01-01T00:00:00Z", 8.64e15],
    [-8.64e15, undefined],
  ])("an event of %j in a request sent at %j is refused alone", (occurred_at, sent_at) => {
    const good = { name: "login", occurred_at: sent_at };
    const events = [good, { name: "login", occurred_at }, good, { name: "login" }];
    const { answer } = send({ sent_at, events }, { caller: server });
    expect([answer.status, answer.body.accepted]).toEqual([202, 3]);
    expect(answer.body.rejected).toMatchObject([{ index: 1, errors: [{ path: "occurred_at" }] }]);
  });
});

describe("a row", () => {
  test("holds what the event said and what collect adds", () => {
    const row = rowOf(
      {
        name: "page_view",
        event_id: uuidA.toUpperCase(),
        occurred_at: "2026-11-22T23:59:00+09:00",
        visitor_id: "v1",
        session_id: "s1",
        user_id: "u1",
        url: "https://Example.com/list?utm_source=news&utm_medium=email&utm_campaign=fall#x",
        referrer: "https://www.google.com/search?q=x",
        title: "List",
        plan: "pro",
        properties: { position: 3 },
      },
      { context: { now: Date.UTC(2026, 10, 22, 15, 30) } },
    );
    const visitor = coordinates("v1");
    const user = coordinates("u1");
    expect(row).toEqual({
      event_id: uuidA,
      batch_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "page_view",
      app: "web",
      day: "2026-11-22",
      occurred_at: "2026-11-22T14:59:00.000Z",
      received_at: "2026-11-22T15:30:00.000Z",
      visitor_id: "v1",
      session_id: "s1",
      user_id: "u1",
      url: "https://Example.com/list?utm_source=news&utm_medium=email&utm_campaign=fall#x",
      host: "example.com",
      path: "/list",
      referrer: "https://www.google.com/search?q=x",
      referrer_host: "www.google.com",
      channel: "email",
      title: "List",
      utm_source: "news",
      utm_medium: "email",
      utm_campaign: "fall",
      device: "desktop",
      browser: "Chrome",
      os: "Linux",
      is_bot: false,
      country: "KR",
      language: "ko",
      properties: '{"plan":"pro","position":3}',
      visitor_register: visitor.register,
      visitor_rank: visitor.rank,
      user_register: user.register,
      user_rank: user.rank,
    });
  });

  test("takes placeholders for no id, and says so", () => {
    const events = ["undefined", "null", "[object Object]", " ", "anna", " anna "].map((user_id) => ({
      name: "login",
      user_id,
    }));
    const { answer, rows } = send([...events, { name: "login", visitor_id: "undefined", session_id: "None" }]);
    expect(rows.map(({ user_id }) => user_id)).toEqual([...Array(4).fill(undefined), "anna", "anna", undefined]);
    expect(rows.at(-1)?.visitor_id).toMatch(/^[\w-]{22}$/);
    expect(rows.at(-1)?.session_id).toBeUndefined();
    expect(answer.body.ignored).toHaveLength(6);
    expect(answer.body.ignored?.[0]).toEqual({
      ...{ path: "user_id", index: 0, events: 1 },
      message: '"undefined" names nobody, and counts as absent',
    });
    expect(send([{ name: "login" }]).answer.body).toEqual({ accepted: 1, rejected: [] });
  });

  test("gives a visitor without id one that lasts a day and hides the address", () => {
    const at = (day: number, address = "203.0.113.7") =>
      rowOf({ name: "login" }, { address, context: { now: now + day * 86_400_000 } });
    expect(at(0)?.visitor_id).toMatch(/^[\w-]{22}$/);
    expect(at(0)?.visitor_id).toBe(at(0)?.visitor_id);
    expect(new Set([at(0), at(1), at(0, "203.0.113.8")].map((row) => row?.visitor_id)).size).toBe(3);
    expect(JSON.stringify(at(0))).not.toContain("203.0.113.7");
    expect(at(0)).toMatchObject({ visitor_register: coordinates(at(0)?.visitor_id).register });
  });

  test("treats an empty id as a missing one", () => {
    expect(rowOf({ name: "login", visitor_id: "", user_id: "", session_id: "" })).not.toHaveProperty("user_id");
    expect(rowOf({ name: "login", visitor_id: "" })?.visitor_id).toHaveLength(22);
  });

  test("marks robots, but none that a trusted key reports", () => {
    expect(rowOf({ name: "login" }, { userAgent: googlebot })).toMatchObject({ is_bot: true });
    expect(rowOf({ name: "login" }, { userAgent: googlebot, caller: server })).toMatchObject({
      is_bot: false,
      app: "server",
    });
  });

  test("has the browser's language, but none of a server that sends for others", () => {
    const languageOf = (event: object, changes?: Changes) => rowOf({ name: "login", ...event }, changes)?.language;
    expect([languageOf({}), languageOf({ language: "en-US" })]).toEqual(["ko", "en"]);
    expect([languageOf({}, { caller: server }), languageOf({ language: "en-US" }, { caller: server })]).toEqual([
      undefined,
      "en",
    ]);
  });

  test.each(["Korean", "en_US", "e", 7, ["ko"]])("is refused with the language %j", (language) => {
    const message = expect.stringMatching(/^Expected a language tag as in BCP 47, such as ko or en-US, got /);
    expect(errorsOf({ name: "login", language })).toEqual([{ path: "language", message }]);
  });

  test("of an access log describes the visitor it names, without the address, and is in no sketch", () => {
    const row = rowOf(
      {
        name: "access_log",
        status: 404,
        method: "GET",
        url: "/a?b=1",
        bytes: 12,
        duration: 0.5,
        user_agent: chrome,
        ip: "198.51.100.9",
        referrer: "https://other.example/x",
      },
      { caller: server, userAgent: "shipper/1", address: "10.0.0.1" },
    );
    expect(row).toEqual({
      event_id: expect.any(String),
      batch_id: expect.any(String),
      name: "access_log",
      app: "server",
      day: "2026-11-22",
      occurred_at: "2026-11-22T12:00:00.000Z",
      received_at: "2026-11-22T12:00:00.000Z",
      visitor_id: expect.stringMatching(/^[\w-]{22}$/),
      url: "/a?b=1",
      path: "/a",
      referrer: "https://other.example/x",
      referrer_host: "other.example",
      device: "desktop",
      browser: "Chrome",
      os: "Linux",
      is_bot: false,
      method: "GET",
      status: 404,
      bytes: 12,
      properties: '{"duration":0.5}',
    });
    expect(rowOf({ name: "access_log", status: 200 }, { caller: server })).not.toHaveProperty("visitor_id");
  });

  test("shortens what people read and cleans every text", () => {
    const long = "x".repeat(5000);
    const row = rowOf({ name: "x", title: `${long}`, referrer: `https://e.com/${long}`, url: `https://e.com/${long}` });
    expect([row?.title.length, row?.referrer.length, row?.url.length, row?.path.length]).toEqual([
      512, 2048, 2048, 1024,
    ]);
    expect(rowOf({ name: "click", target: "a\u0000b\ud800" })?.target).toBe("ab\ufffd");
    expect(rowOf({ name: "x", note: "a\u0000b\ud800" })?.properties).toBe('{"note":"ab\ufffd"}');
  });

  test("has only columns of the table, whatever the event", () => {
    const anyEvent = fc.record({ name: fc.constantFrom("login", "x", "click"), target: fc.string({ minLength: 1 }) });
    fc.assert(
      fc.property(anyEvent, fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (event, more) => {
        for (const row of send([{ ...more, ...event }]).rows) {
          expect(Object.keys(row).filter((column) => !(column in eventColumns))).toEqual([]);
        }
      }),
    );
  });
});

describe("one request", () => {
  const id = "1541815603606036481";
  const refusal = (most: string) =>
    expect.objectContaining({
      code: "too_many_values",
      message: `Cannot accept more than ${most} in one request: send fewer events at a time`,
    });
  const refusalOf = (body: unknown, changes?: Changes) => {
    try {
      return send(body, changes).answer.body;
    } catch (error) {
      return error;
    }
  };

  test("may have 20,000 fields and items of lists, without those of events that are too large", () => {
    // With the event, its list and their name.
    const eventOf = (values: number) => `{"name":"order","x":[${"0,".repeat(values - 3)}0]}`;
    const four = Array(4).fill(eventOf(4999));
    expect(send(`[${[...four, eventOf(4), eventOf(40_000)]}]`).answer.body).toMatchObject({
      accepted: 5,
      rejected: [{ index: 5, errors: [{ path: "properties" }] }],
    });
    expect(refusalOf(`[${[...four, eventOf(5)]}]`)).toEqual(refusal("20000 values"));
    expect(refusalOf(`{"events":[${[...four, eventOf(5)]}]}`)).toEqual(refusal("20000 values"));
    expect(refusalOf(`{"x":[${"0,".repeat(40_000)}0],"events":[${eventOf(3)}]}`)).toMatchObject({ accepted: 1 });
    expect(refusalOf(`[${[...four, eventOf(5)]}}`)).toMatchObject({ rejected: [{ errors: [{ path: "" }] }] });
    expect(refusalOf(eventOf(50_000))).toMatchObject({ rejected: [{ errors: [{ path: "properties" }] }] });
  });

  test.each([
    ["access_log", (count: number) => ({ status: 200, a: "::1 ".repeat(count) })],
    ["app_log", (count: number) => ({ level: "info", message: "m", a: "8.8.8.8 ".repeat(count) })],
    ["app_log", (count: number) => ({ level: "info", message: "a:: ".repeat(count) })],
    ["login", (count: number) => ({ ip: Array(count).fill("8.8.8.8") })],
    ["click", (count: number) => ({ target: "a", peer: "::2 ".repeat(count) })],
  ])("may hold 12,000 addresses in what is kept without them, of %s too", (name, fields) => {
    const eventOf = (count: number) => ({ name, ...fields(count) });
    const counts = [...Array(11).fill(1000), 500, 500];
    const taken = send(counts.map(eventOf), { caller: server });
    expect(taken.answer.body).toMatchObject({ accepted: 13, rejected: [] });
    expect(JSON.stringify(taken.rows)).not.toMatch(/::|8\.8\.8\.8/);
    expect(refusalOf([...counts, 1].map(eventOf), { caller: server })).toEqual(refusal("12000 IP addresses"));
  });

  test.each([
    ["page_view", "url", "https://e.com/?"],
    ["access_log", "path", "/"],
    ["click", "referrer", "https://e.com/#"],
    ["click", "entry_url", "/"],
    ["click", "first_referrer", "https://e.com/"],
  ])("may have 80,000 bytes of addresses, each counted once, of %s in %s", (name, field, start) => {
    const addressOf = (length: number, i: number) => `${start}한${i}`.padEnd(length - 2, "a");
    const eventOf = (length: number, i: number) => {
      return { name, ...(name === "click" ? { target: "t" } : { status: 200 }), [field]: addressOf(length, i) };
    };
    const taken = [
      ...Array.from({ length: 13 }, (_, i) => eventOf(5000, i)),
      ...Array.from({ length: 100 }, (_, i) => eventOf(140, i)),
    ];
    expect(send([...taken, ...taken], { caller: server }).answer.body.accepted).toBe(226);
    expect(refusalOf([...taken, eventOf(20, 0)], { caller: server })).toEqual(
      refusal("80000 bytes of addresses of pages, where a short one counts as 150,"),
    );
  });

  test.each(["https://", "//", "https:///", "https://\t/", "app://"])(
    "may have a quarter as many bytes of hosts in other letters than ASCII's, behind %j",
    (start) => {
      const eventOf = (_: unknown, i: number) => ({
        name: "click",
        target: "t",
        referrer: `${start}${"채.".repeat(50)}${i}.kr/`,
      });
      const all = Array.from({ length: 102 }, eventOf);
      expect(send(all.slice(0, 90)).answer.body.accepted).toBe(90);
      expect(refusalOf(all)).toMatchObject({ code: "too_many_values" });
    },
  );

  test("holds an event that no field can hold, and nothing of the others is lost", () => {
    const odd = { name: "x", visitor_id: { length: { toString: 1 } } };
    const { answer } = send([{ name: "x" }, odd, { name: "y" }]);
    expect([answer.status, answer.body.accepted, answer.body.rejected.map(({ index }) => index)]).toEqual([
      202,
      2,
      [1],
    ]);
  });

  test("may have 250 different user agents", () => {
    const eventOf = (i: number) => ({ name: "access_log", status: 200, path: "/", user_agent: `Mozilla/5.0 (${i})` });
    const all = Array.from({ length: 250 }, (_, i) => eventOf(i));
    expect(send([...all, ...all], { caller: server }).answer.body.accepted).toBe(500);
    expect(refusalOf([...all, eventOf(250)], { caller: server })).toEqual(refusal("250 different user agents"));
  });

  test.each(['"', "\\", "\n", "\ud800", "\u0001"])(
    "may have 40,000 escapes such as that of %j in its texts",
    (char) => {
      const eventOf = (count: number) => ({
        name: "order",
        text: char.repeat(count / 2),
        more: [{ [char.repeat(count / 2)]: 1 }],
      });
      const counts = Array(20).fill(2000);
      expect(send(counts.map(eventOf)).answer.body).toMatchObject({ accepted: 20, rejected: [] });
      expect(refusalOf([...counts, 2].map(eventOf))).toEqual(refusal("40000 escapes in texts"));
      expect(refusalOf({ events: [...counts, 2].map(eventOf) })).toEqual(refusal("40000 escapes in texts"));
      expect(send([{ name: "order", title: char.repeat(120_000) }]).answer.body.accepted).toBe(1);
      expect(send({ name: "order", title: char.repeat(120_000) }).answer.body.accepted).toBe(1);
    },
  );

  test("is never refused for one event alone, however large it is", () => {
    const [path, host] = [
      (n: number) => `/${n}${"한".repeat(100_000)}`,
      (n: number) => `https://${n}${"채.".repeat(100_000)}`,
    ];
    const pages = { url: path(1), previous_path: path(2), entry_url: path(3), first_url: path(4) };
    const referrers = { referrer: host(1), entry_referrer: host(2), first_referrer: host(3) };
    expect(send([{ name: "page_view", ...pages, ...referrers }]).answer.body.accepted).toBe(1);
    const cut = { name: "app_log", level: "info", message: "a:: ".repeat(5000), a: "a:: ".repeat(8000) };
    expect(send([cut], { caller: server }).answer.body.accepted).toBe(1);
    const listOf = (text: string, bytes: number) => `{"name":"x","a":[${text.repeat(bytes / text.length)}0]}`;
    for (const text of ["0,", "[],", "[{}],", `${id},`]) {
      expect([text, send(listOf(text, 32_000)).answer.body.accepted]).toEqual([text, 1]);
      for (const bytes of [35_000, 50_000, 1_000_000])
        expect(refusalOf(listOf(text, bytes))).toMatchObject({ rejected: [{ errors: [{ path: "properties" }] }] });
    }
  });

  test("keeps of rejected events what is before the 12,001st address", () => {
    const rejected = (count: number) => `{"name":"x","amount":{},"a":"${"::1 ".repeat(count)}end"}`;
    const { refused } = send(`[${[rejected(11_000), rejected(1000), rejected(0), rejected(1)]}]`);
    expect(refused.map(({ raw }) => [raw?.split("[address]").length, raw?.endsWith('end"}')])).toEqual([
      [6551, false], // 65,536 bytes of it
      [1001, true],
      [1, true],
      [1, false],
    ]);
    expect(refused.at(-1)?.raw).toBe('{"name":"x","amount":{},"a":"');
  });
});

describe("a number that a double cannot hold", () => {
  const id = "1541815603606036481";

  test.each([id, "-9007199254740993", "0.1000000000000000055", "1e400", `${id}${id}`])(
    "such as %s is kept digit for digit among the properties",
    (number) => {
      const body = `[{"name":"order","order":${number},"properties":{"ids":[${number},{"x":${number}}],"n":1}}]`;
      expect(send(body).rows[0]?.properties).toBe(`{"order":${number},"ids":[${number},{"x":${number}}],"n":1}`);
      expect(send(`{"events":${body}}`).rows[0]?.properties).toContain(`"order":${number}`);
    },
  );

  test("is kept in the text of a rejected event, and named in its error", () => {
    const event = `{"name":"payment","amount":${id},"currency":"KRW","title":${id},"order":{"id":${id}}}`;
    const { refused, answer } = send(`[${event},{"name":"order","order":${id}}]`);
    expect(refused.map(({ raw }) => raw)).toEqual([event]);
    expect(answer.body.rejected[0]?.errors).toEqual([
      { path: "title", message: `Expected a string, got ${id}` },
      { path: "amount", message: `Expected a whole number of minor units, at most 2^53-1 either way, got ${id}` },
    ]);
    expect(answer.body.accepted).toBe(1);
  });

  test("is taken as before where a field must hold a number", () => {
    const [row] = send(
      `{"name":"payment","amount":100.00000000000000000001,"currency":"KRW","occurred_at":1795340400000.12345678901}`,
    ).rows;
    expect(row).toMatchObject({ amount: 100, occurred_at: "2026-11-22T09:40:00.000Z" });
    expect(send(`{"sent_at":1795340400000.12345678901,"events":[{"name":"login"}]}`).answer.body.accepted).toBe(1);
    expect(send(`{"name":"login","properties":${id}}`).answer.body.rejected[0]?.errors).toEqual([
      { path: "properties", message: `Expected an object, got ${id}` },
    ]);
  });

  test.each([
    ["a name", `"name":${id}`, "name", "Expected a name "],
    ["an id", `"name":"order","event_id":1e999`, "event_id", "Expected a UUID"],
    ["a time on a page", `"name":"page_leave","ms":${id}`, "ms", "Expected "],
    ["such a time among the properties", `"name":"page_leave","properties":{"ms":${id}}`, "ms", "Expected "],
    ["the page before", `"name":"login","visit":[2,${id},1,1,"","","",""]`, "previous_path", "Expected "],
  ])("is no text where it is %s", (_, fields, path, message) => {
    const { refused, answer } = send(`{${fields},"more":[${id}]}`);
    expect(answer.body.rejected[0]?.errors).toMatchObject([{ path, message: expect.stringContaining(message) }]);
    expect(answer.body.rejected[0]?.errors[0]?.message).toMatch(/, got (?:\d+|1e999)$/);
    expect(refused[0]).not.toHaveProperty("event_id");
    if (path === "name") expect(refused[0]).not.toHaveProperty("name");
  });

  test.each([
    `"visit":[${id}${id},"","","","","","",""]`,
    `"occurred_at":1795340400000.12345678901,"visit":[2,"/a",1e400,5,"","","",""]`,
    `"visit":[{"valueOf":1,"toString":1},"","","","","","",""]`,
    `"visit":["2","/a",{"valueOf":1,"toString":1},[[]],"","","",""]`,
  ])("or what is none, fails no other event where a visit is described: %s", (fields) => {
    const { answer } = send(`[{"name":"click","target":"a",${fields}},{"name":"login"}]`);
    expect(answer.body.accepted).toBeGreaterThan(0);
  });

  test("is kept as it came if it is nearly nothing, and costs more to tell than to keep", () => {
    expect(send('{"name":"order","x":[5e-324,1.0e-320,-2.2250738585072014e-308,1e-307]}').rows[0]?.properties).toBe(
      '{"x":[5e-324,1.0e-320,-2.2250738585072014e-308,1e-307]}',
    );
  });

  test("is read as a double beside texts that have all the characters by which it is told", () => {
    const all = "\x7f\x81\x84\x8d\x8f\x90\x98\x9d";
    const body = (text: string) => JSON.stringify({ name: "order", title: text, order: 0 }).replace("0}", `${id}}`);
    expect(send(body(all.slice(1))).rows[0]?.properties).toBe(`{"order":${id}}`);
    expect(send(body(all.slice(0, -1))).rows[0]?.properties).toBe(`{"order":${id}}`);
    expect(send(body(all)).rows[0]?.properties).toBe(`{"order":${Number(id)}}`);
  });

  test("or has an exponent is kept as it came, because it costs more to tell than to keep", () => {
    const numbers = "1e300,1E+0308,0e-999,1.234567890123456e1,1e22,1.5e-7";
    expect(send(`{"name":"order","x":[${numbers}]}`).rows[0]?.properties).toBe(
      '{"x":[1e300,1E+0308,0e-999,1.234567890123456e1,1e+22,1.5e-7]}',
    );
  });

  test("may come 10,000 times in one request, without what is too large anyway", () => {
    const eventOf = (count: number, number = id) => `{"name":"order","ids":[${Array(count).fill(number)}]}`;
    const ten = Array.from({ length: 10 }, () => eventOf(1000));
    const sent = send(`[${[...ten, eventOf(3, "1.5")]}]`);
    expect(sent.rows.map(({ properties }) => properties?.split(",").length)).toEqual([...Array(10).fill(1000), 3]);
    expect(sent.rows[9]?.properties).toBe(`{"ids":[${Array(1000).fill(id)}]}`);
    for (const more of [id, "1e999", "1234567890123456"])
      expect(() => send(`[${[...ten, eventOf(1, more)]}]`)).toThrow(
        "Cannot accept more than 10000 numbers of more than 15 digits in one request: send fewer events at a time",
      );
    const { answer } = send(`[${eventOf(40_000)},${eventOf(20_000, "1234567890123456")},${eventOf(1000)}]`);
    expect(answer.body).toMatchObject({ accepted: 1, rejected: [{ index: 0 }, { index: 1 }] });
  });

  test("does not count as a level of nesting", () => {
    const nested = `${'{"a":'.repeat(8)}[${id}]${"}".repeat(8)}`;
    expect(send(`{"name":"order","x":${nested}}`).rows[0]?.properties).toBe(`{"x":${nested}}`);
    expect(send(`{"name":"order","x":[${nested}]}`).answer.status).toBe(400);
  });

  test("does not change what is nested too deep beside it, and is not changed by it", () => {
    const deep = "[".repeat(50_000) + "]".repeat(50_000);
    const { rows, refused } = send(`[{"name":"order","order":${id}},{"name":"order","x":${deep}}]`);
    expect(rows[0]?.properties).toBe(`{"order":${id}}`);
    expect(refused).toHaveLength(1);
  });
});

describe("days", () => {
  test("have what an event adds to a visit of the day before in a row of that day, under an id that a repeat has too", () => {
    const page = { name: "page_view", url: "/b", page_number: 2, previous_path: "/a", elapsed_ms: 5, event_id: uuidA };
    const event = { ...page, occurred_at: "2026-11-21T15:00:05Z" };
    const sent = send([{ ...event, visit_ms: 5001 }]);
    expect(sent.answer.body).toEqual({ accepted: 1, rejected: [] });
    expect(sent.rows).toMatchObject([
      { event_id: uuidA, name: "page_view", day: "2026-11-22", occurred_at: "2026-11-21T15:00:05.000Z" },
      { name: "visit.part", day: "2026-11-21", occurred_at: "2026-11-21T14:59:59.999Z", page_number: 2, elapsed_ms: 5 },
    ]);
    expect(sent.rows[0]).not.toHaveProperty("page_number");
    expect(sent.rows[1]?.event_id).not.toBe(uuidA);
    expect(send([{ ...event, visit_ms: 5001 }]).rows[1]?.event_id).toBe(sent.rows[1]?.event_id);
    expect(send([{ ...event, visit_ms: 5000 }]).rows).toMatchObject([{ page_number: 2 }]);
  });

  test("are those of the stage's zone, and each has its own record", () => {
    const events = ["2026-11-21T14:59:59Z", "2026-11-21T15:00:00Z", "2026-11-20T00:00:00Z", "2026-11-21T16:00:00Z"];
    const { accepted, rows } = send(events.map((occurred_at) => ({ name: "login", occurred_at })));
    expect(rows.map((row) => row.day)).toEqual(["2026-11-21", "2026-11-22", "2026-11-22", "2026-11-20"]);
    expect(accepted).toHaveLength(3);
    for (const record of accepted) expect(new Set(rowsOf([record]).map((row) => row.day)).size).toBe(1);
  });

  test("follow the corrected clock", () => {
    const sent_at = "2020-01-01T00:10:00Z";
    const { rows } = send({ sent_at, events: [{ name: "login", occurred_at: "2020-01-01T00:00:00Z" }] });
    expect(rows[0]).toMatchObject({ occurred_at: "2026-11-22T11:50:00.000Z", day: "2026-11-22" });
  });

  test.each([
    ["9999-12-31T00:00:00Z", "2026-11-22T12:00:00.000Z"],
    ["1900-01-01T00:00:00Z", "2026-11-22T12:00:00.000Z"],
    [8.64e15, "2026-11-22T12:00:00.000Z"],
    [-8.64e15, "2026-11-22T12:00:00.000Z"],
    [now - 1000, "2026-11-22T11:59:59.000Z"],
  ])("of %j by a write key are those of %s", (occurred_at, stored) => {
    expect(rowOf({ name: "login", occurred_at })).toMatchObject({ occurred_at: stored });
  });

  test("may be any since 2000 with a trusted key, and since 1970 if it says so", () => {
    const trusted = { caller: server };
    expect(rowOf({ name: "login", occurred_at: "1999-12-31T15:00:00Z" }, trusted)).toMatchObject({ day: "2000-01-01" });
    expect(rowOf({ name: "login", occurred_at: "9999-01-01T00:00:00Z" }, trusted)).toMatchObject({ day: "2026-11-22" });
    for (const occurred_at of [0, 1, 99_999_999, -1, "1970-01-01T00:00:00Z", "1999-12-31T14:59:59Z"])
      expect([occurred_at, errorsOf({ name: "login", occurred_at }, trusted)]).toEqual([
        occurred_at,
        [{ path: "occurred_at", message: expect.stringMatching(/since (2000|1970)-01-01/) }],
      ]);
    const old = { before_2000: true, events: [{ name: "login", occurred_at: 0 }] };
    expect(send(old, trusted).rows).toMatchObject([{ day: "1970-01-01" }]);
    expect(send(old).rows).toMatchObject([{ day: "2026-11-22" }]);
    expect(errorsOf({ name: "login", occurred_at: 1795600000 }, trusted)?.[0]?.message).toContain("(epoch seconds?)");
    expect(errorsOf({ name: "login", occurred_at: "1900-01-01T00:00:00Z" }, trusted)).toEqual([
      { path: "occurred_at", message: 'Expected a time since 1970-01-01, got "1900-01-01T00:00:00.000Z"' },
    ]);
    expect(errorsOf({ name: "login", occurred_at: -8.64e15 }, trusted)).toHaveLength(1);
  });
});

describe("a request sent again", () => {
  const idsOf = (body: unknown) => send(body).rows.map((row) => [row.batch_id, row.event_id]);

  test("keeps its batch id, and its events get the same ids", () => {
    const body = { batch_id: uuidA.toUpperCase(), events: [{ name: "login" }, { name: "login", event_id: uuidB }] };
    expect(idsOf(body)).toEqual(idsOf(body));
    expect(idsOf(body)).toEqual([
      [uuidA, expect.any(String)],
      [uuidA, uuidB],
    ]);
  });

  test("gets the same batch id from its event ids when each event has one", () => {
    const body = [
      { name: "login", event_id: uuidA },
      { name: "x", event_id: uuidB },
    ];
    expect(idsOf(body)).toEqual(idsOf({ events: body }));
    expect(idsOf(body)[0]?.[0]).not.toBe(idsOf([...body].reverse())[0]?.[0]);
  });

  test("gets that batch id whatever the case of its event ids, and in every release", () => {
    const body = [
      { name: "login", event_id: uuidA.toUpperCase() },
      { name: "x", event_id: uuidB },
    ];
    // sha256sum of the lines "batch", "web" and the two ids in small letters
    expect(idsOf(body)[0]?.[0]).toBe("596ae934-1636-87c2-9765-f996fa7a2778");
  });

  test("gets its batch id from the events that were accepted", () => {
    const good = { name: "login", event_id: uuidA };
    const batchOf = (body: unknown) => send(body).rows[0]?.batch_id;
    expect(batchOf([good, { name: 5 }])).toBe(batchOf([good]));
    expect(batchOf([good, { name: "login", event_id: 5 }])).toBe(batchOf([good]));
  });

  test("is another request when it says nothing to tell it by", () => {
    expect(idsOf([{ name: "login" }, { name: "login", event_id: uuidA }])).toEqual([
      ["ffffffff-0000-4000-8000-000000000000", "ffffffff-0000-4000-8000-000000000001"],
      ["ffffffff-0000-4000-8000-000000000000", uuidA],
    ]);
  });

  test("is another app's own even with the same ids", () => {
    const body = { batch_id: uuidA, events: [{ name: "login" }] };
    const [mine] = send(body).rows;
    const [theirs] = send(body, { caller: { app: "shop", trusted: false, limits } }).rows;
    expect(mine?.event_id).not.toBe(theirs?.event_id);
  });

  test("has each event once, even if it holds one twice", () => {
    const twice = { name: "login", event_id: uuidA };
    const { answer, rows } = send([twice, { ...twice, event_id: uuidA.toUpperCase() }]);
    expect(answer.body).toEqual({ accepted: 2, rejected: [] });
    expect(rows).toHaveLength(1);
  });

  test("goes to the same stream", () => {
    const eventsStreams: [string, ...string[]] = ["e0", "e1", "e2", "e3"];
    const streams = Array.from({ length: 40 }, (_, i) => {
      const body = {
        batch_id: `${String(i).padStart(8, "0")}-0000-4000-8000-000000000000`,
        events: [{ name: "login" }],
      };
      expect(send(body, { context: { eventsStreams } }).stream).toBe(send(body, { context: { eventsStreams } }).stream);
      return send(body, { context: { eventsStreams } }).stream;
    });
    expect(new Set(streams).size).toBe(4);
  });
});

describe("records", () => {
  test("hold a whole request of one day, and are split when they would be too large", () => {
    const small = send(Array.from({ length: 500 }, () => ({ name: "login" })));
    expect(small.accepted).toHaveLength(1);
    const filler = '"'.repeat(79) + "x".repeat(1850); // the quotes double in size as JSON in JSON
    const large = send(Array.from({ length: 500 }, (_, i) => ({ name: "x", i, filler })));
    expect(large.accepted.length).toBeGreaterThan(1);
    for (const record of large.accepted) expect(record.length).toBeLessThanOrEqual(MAX_RECORD_BYTES);
    expect(large.rows.map((row) => JSON.parse(row.properties).i)).toEqual(Array.from({ length: 500 }, (_, i) => i));
  });
});

describe("anything at all", () => {
  test("is answered: accepted and rejected add up, and what is written fits the tables", () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.record(
        Object.fromEntries(
          [
            "name",
            "event_id",
            "occurred_at",
            "url",
            "referrer",
            "target",
            "amount",
            "currency",
            "properties",
            "status",
          ].map((field) => [field, fc.oneof(fc.jsonValue({ maxDepth: 2 }), anyText(), fc.webUrl())]),
        ),
        { requiredKeys: [] },
      ),
      fc.record({ name: fc.constantFrom("login", "click", "page_view"), target: fc.string(), url: fc.webUrl() }),
    );
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 5 }), (events) => {
        const { answer, rows, refused } = send(events);
        expect(answer.body.accepted + answer.body.rejected.length).toBe(events.length);
        expect(rows.length).toBe(answer.body.accepted);
        expect(refused.length).toBe(answer.body.rejected.length);
        for (const row of refused) expect(Object.keys(row).filter((key) => !(key in rejectedColumns))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("is answered even if it is no JSON", () => {
    fc.assert(
      fc.property(anyText(), (body) => {
        expect([202, 400]).toContain(send(body).answer.status);
      }),
    );
  });
});
