import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rawText, rejectedRow } from "../../src/collect/rejected-row.ts";

const facts = { app: "web", day: "2026-11-22", receivedAt: "2026-11-22T01:10:00.000Z" };
const errors = [
  { path: "target", message: "is missing" },
  { path: "amount", message: "is not a number" },
];
const rowOf = (raw: string, input?: unknown) => rejectedRow(raw, input, errors, facts);
const rawOf = (raw: string) => rowOf(raw).raw;

describe("the row of a rejected event", () => {
  test("says what came, when, and all that is wrong with it, the first error as its reason", () => {
    expect(rowOf('{"name":"click"}', { name: "click", event_id: "event-1" })).toEqual({
      received_at: "2026-11-22T01:10:00.000Z",
      day: "2026-11-22",
      app: "web",
      event_id: "event-1",
      name: "click",
      reason: "target",
      errors: '[{"path":"target","message":"is missing"},{"path":"amount","message":"is not a number"}]',
      raw: '{"name":"click"}',
    });
  });

  test.each([null, undefined, "text", 5, [], {}, { name: "", event_id: "" }, { name: 5, event_id: ["x"] }])(
    "has neither name nor id where the event has none: %j",
    (input) => {
      expect(Object.keys(rowOf("x", input))).toEqual(["received_at", "day", "app", "reason", "errors", "raw"]);
    },
  );

  test("has a name and an id of 64 characters at most, without what cannot be stored", () => {
    const row = rowOf("x", { name: `a\0${"b".repeat(100)}`, event_id: `${"c".repeat(63)}🙂` });
    expect(row).toMatchObject({ name: `a${"b".repeat(62)}`, event_id: "c".repeat(63) });
  });

  test("has the event as a whole as reason where the error names no field", () => {
    expect(rejectedRow("x", undefined, [{ path: "", message: "is no JSON" }], facts).reason).toBe("");
    expect(rejectedRow("x", undefined, [], facts)).toMatchObject({ reason: "", errors: "[]" });
  });
});

describe("the text of a rejected event", () => {
  test.each([
    ['{"name":"access_log","status":0,"ip":"203.0.113.7"}', '{"name":"access_log","status":0,"ip":"[address]"}'],
    ['{"line":"unix 2001:db8::7, 10.0.0.1 - joe [x]"}', '{"line":"unix [address], [address] - joe [x]"}'],
    ["not JSON from 198.51.100.4:80", "not JSON from [address]:80"],
    [`${"a".repeat(65_530)} 203.0.113.7`, `${"a".repeat(65_530)} [addr`],
  ])("has no address: %j", (raw, kept) => {
    expect(rawOf(raw) === kept).toBe(true);
  });

  test("has none in its reasons either", () => {
    const shown = [{ path: "status", message: 'Expected a status, got "203.0.113.7"' }];
    expect(rejectedRow("x", undefined, shown, facts).errors).not.toContain("203");
  });

  test.each([
    ["of 64 KiB in one-byte characters", "a".repeat(65_536), "a".repeat(65_536)],
    ["of more than 64 KiB", "a".repeat(65_537), "a".repeat(65_536)],
    ["of 64 KiB in three-byte characters", `a${"한".repeat(21_845)}`, `a${"한".repeat(21_845)}`],
    ["with a character across the limit", "한".repeat(21_846), "한".repeat(21_845)],
    ["with a damaged character early on", `\ufffd${"한".repeat(21_846)}`, `\ufffd${"한".repeat(21_844)}`],
    ["of 64 KiB that end in a damaged character", `${"a".repeat(65_533)}\ufffd`, `${"a".repeat(65_533)}\ufffd`],
    ["of damaged characters alone", "\ufffd".repeat(21_846), "\ufffd".repeat(21_845)],
    ["with half a pair", "a\ud83d", "a\ufffd"],
    ["with NUL", "a\0b", "ab"],
  ])("%s is kept as far as it can be stored", (_, raw, kept) => {
    expect(rawOf(raw) === kept).toBe(true);
  });

  test("is as long a beginning of what came as fits, whatever characters it is of", () => {
    const character = fc.constantFrom("a", "é", "한", "🙂");
    fc.assert(
      fc.property(fc.array(character, { minLength: 1, maxLength: 5 }), (characters) => {
        const raw = characters.join("").repeat(65_536 / characters.length + 1);
        const kept = rawOf(raw);
        expect(raw.startsWith(kept)).toBe(true);
        const bytes = Buffer.byteLength(kept);
        expect(bytes).toBeLessThanOrEqual(65_536);
        expect(bytes).toBeGreaterThan(65_536 - 4);
      }),
      { numRuns: 20 },
    );
  });
});

describe("the text of one event", () => {
  test("is as it came in the body", () => {
    expect(rawText({ a: 1 }, '[0, { "a": 1.0 } ,2]', { from: 3, to: 17 })).toBe('{ "a": 1.0 }');
  });

  test("has letters and digits that came as escapes, so that an address is found, and is the same JSON", () => {
    const event = String.raw`{"\u0061":"\u0032\u0030\u0033.0.113.9 \u0022\u005C\\u0061 \u0000\u00e9\ud800"}`;
    const text = rawText({}, event, { from: 0, to: event.length });
    expect(text).toBe(String.raw`{"a":"203.0.113.9 \u0022\u005C\\u0061 \u0000\u00e9\ud800"}`);
    expect(JSON.parse(text)).toEqual(JSON.parse(event));
  });

  test("is as JSON.stringify writes it, if it came otherwise", () => {
    expect(rawText({ name: "클릭", amount: 1.5 }, "")).toBe('{"name":"클릭","amount":1.5}');
    expect(rawText(null, "")).toBe("null");
    expect(rawText(undefined, "")).toBe("");
  });

  test("does not hide other errors", () => {
    const event = {
      toJSON() {
        throw new TypeError("Broken");
      },
    };
    expect(() => rawText(event, "")).toThrow(new TypeError("Broken"));
  });
});
