import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import { show } from "../../../src/schemas/describe-issue.ts";
import { eventType, eventTypes } from "../../../src/schemas/events/event.ts";
import { nastyJson } from "../../fuzz/nasty.ts";

describe("checkEvent", () => {
  test("gives back the event and what it read out of its fields", () => {
    expect(
      checkEvent({ name: "page_view", url: "https://e.com/a?b=1", occurred_at: "2026-11-22T12:00:00Z", plan: "pro" }),
    ).toEqual({
      event: { name: "page_view", url: "https://e.com/a?b=1", occurred_at: "2026-11-22T12:00:00Z" },
      page: { url: "https://e.com/a?b=1", host: "e.com", path: "/a", isPaid: false },
      visit: {},
      occurredAt: Date.UTC(2026, 10, 22, 12),
      properties: '{"plan":"pro"}',
    });
  });

  test("reads the list of a visit, of which nothing is a property, and fields that are named win", () => {
    const visit = [2, "/a", 0, 0, "https://e.com/", "", "https://e.com/first", ""];
    const view = { name: "page_view", url: "/b", visit, page_number: 7, first_url: null, plan: "pro" };
    expect(checkEvent(view)).toMatchObject({
      event: { page_number: 7, previous_path: "/a", entry_url: "https://e.com/", first_url: null },
      properties: '{"plan":"pro"}',
    });
  });

  test.each([
    ["nothing", { name: "login" }],
    ["null", { name: "login", url: null, occurred_at: null, properties: null }],
  ])("reads nothing out of fields that hold %s", (_, input) => {
    expect(checkEvent(input)).toEqual({
      event: input,
      page: undefined,
      visit: {},
      occurredAt: undefined,
      properties: undefined,
    });
  });

  test("takes epoch 0 for a time like any other", () => {
    expect(checkEvent({ name: "login", occurred_at: 0 })).toMatchObject({ occurredAt: 0 });
  });

  test("lets only a page view not do without an address", () => {
    expect(checkEvent({ name: "click", target: "posting-1", url: "" })).toHaveProperty("page", undefined);
    expect(checkEvent({ name: "page_view", url: "" })).toEqual({
      errors: [{ path: "url", message: 'Expected an absolute URL or a path that begins with /, got ""' }],
    });
  });

  test("takes the page of an access log from its url, or else from its path", () => {
    const page = (fields: object) => checkEvent({ name: "access_log", status: 200, ...fields });
    expect(page({ path: "/b" })).toMatchObject({ page: { path: "/b" } });
    expect(page({ url: "", path: "/b" })).toMatchObject({ page: { path: "/b" } });
    expect(page({ url: "/a", path: "/b" })).toMatchObject({ page: { path: "/a" } });
  });

  test.each([
    ["url", "nowhere", 'Expected an absolute URL or a path that begins with /, got "nowhere"'],
    ["occurred_at", "noon", 'Expected a time as ISO 8601 with an offset, or as epoch milliseconds, got "noon"'],
    ["occurred_at", "", 'Expected a time as ISO 8601 with an offset, or as epoch milliseconds, got ""'],
    [
      "occurred_at",
      1_795_600_000,
      "Expected a time as ISO 8601 with an offset, or as epoch milliseconds, got 1795600000 (epoch seconds?)",
    ],
    ["target", "\0", 'Expected a string of 1 to 256 characters, got "\\u0000"'],
    ["currency", "WON", 'Expected a currency of ISO 4217, such as KRW or USD, got "WON"'],
  ])("names the field %j that holds %j", (field, value, message) => {
    const name = field === "target" ? "click" : "login";
    expect(checkEvent({ name, [field]: value })).toEqual({ errors: [{ path: field, message }] });
  });

  test.each(["\0\0", " \0", " \t\n", "\u00a0"])("refuses the target %j, of which nothing can be stored", (target) => {
    for (const name of ["click", "impression"])
      expect(checkEvent({ name, target })).toMatchObject({ errors: [{ path: "target" }] });
  });

  test.each([-1, 1.5, 86_400_001, "1000", null, Number.POSITIVE_INFINITY])("refuses a page_leave after %s ms", (ms) => {
    const leave = { name: "page_leave", url: "https://e.com/", view: "v" };
    expect(checkEvent({ ...leave, ms })).toEqual({
      errors: [{ path: "ms", message: `Expected a whole number of milliseconds, at most 86400000, got ${show(ms)}` }],
    });
    expect(checkEvent({ ...leave, properties: { ms } })).toMatchObject({ errors: [{ path: "ms" }] });
  });

  test("takes a page_leave that says nothing of its time, and any ms of another event", () => {
    expect(checkEvent({ name: "page_leave", ms: 86_400_000 })).toHaveProperty("properties", '{"ms":86400000}');
    expect(checkEvent({ name: "page_leave", ms: 0 })).toHaveProperty("properties", '{"ms":0}');
    expect(checkEvent({ name: "page_leave" })).toHaveProperty("event");
    expect(checkEvent({ name: "lap", ms: -1 })).toHaveProperty("properties", '{"ms":-1}');
  });

  // Some of them have the properties of other values, which throw when somebody reads them.
  const odd = fc.constantFrom(...nastyJson).map((json) => JSON.parse(json));
  test.each([...Object.keys(eventTypes), "looked", "page_leave"])("rejects what no field of a %s can hold", (name) => {
    const errorsOf = (fields: object) => {
      const { errors = [] } = checkEvent({ name, ...fields }) as { errors?: { path: string; message: string }[] };
      return errors;
    };
    const field = fc.constantFrom(...eventType(name).fields, "ms", "visit");
    fc.assert(
      fc.property(fc.dictionary(field, odd, { maxKeys: 4 }), (fields) => {
        for (const { message } of errorsOf(fields)) expect(message).toMatch(/^Expected /);
      }),
      { numRuns: 500 },
    );
    for (const one of eventType(name).fields)
      if (one !== "properties")
        expect(errorsOf({ [one]: { length: { toString: 1 } } }).map(({ path }) => path)).toContain(one);
  });

  test.each([
    ["a text", '"login"', "login"],
    ["null", "null", null],
    ["nothing", "nothing", undefined],
    ["an array", "an array", [{ name: "login" }]],
  ])("refuses %s, which is no event", (_, words, input) => {
    const message = `Expected an object with at least a name, got ${words}`;
    expect(checkEvent(input)).toEqual({ errors: [{ path: "", message }] });
  });
});
