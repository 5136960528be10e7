import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findEventTexts } from "../../src/collect/event-texts.ts";
import { cleanJson } from "../../src/schemas/clean-text.ts";

const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

/** What JSON.stringify writes at least for a value, without the texts in it. */
function bytesOf(value: unknown): number {
  if (typeof value === "string") return 2;
  if (typeof value !== "object" || value === null) return JSON.stringify(value).length;
  const inside = Object.entries(value).map(([key, one]) => bytesOf(one) + (Array.isArray(value) ? 0 : key.length + 3));
  return 2 + Math.max(0, inside.length - 1) + inside.reduce((sum, bytes) => sum + bytes, 0);
}

const event = fc
  .oneof(fc.jsonValue(), fc.object({ key: fc.string({ unit: "grapheme" }), maxDepth: 4 }))
  .map((value) => (JSON.stringify(value) === undefined ? null : JSON.parse(JSON.stringify(value))));
const key = fc.string().filter((name) => name !== "events");
const spaces = fc.constantFrom("", " ", "\n\t");

describe("the texts of a body's events", () => {
  test("are found in a list, and say how deep and how large each is", () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1 }), spaces, (events, space) => {
        const body = `${space}[${space}${events.map((one) => JSON.stringify(one)).join(`${space},${space}`)}${space}]`;
        const { events: found, whole } = findEventTexts(body);
        expect(found.map(({ from, to }) => JSON.parse(body.slice(from, to)))).toEqual(events);
        expect(found.map(({ depth }) => depth)).toEqual(events.map(depthOf));
        expect(whole).toMatchObject({ from: 0, to: body.length, depth: 1 + Math.max(...events.map(depthOf)) });
        for (const [i, { leastBytes }] of found.entries()) {
          expect(leastBytes).toBeLessThanOrEqual(bytesOf(events[i]));
          expect(leastBytes).toBeLessThanOrEqual(Buffer.byteLength(JSON.stringify(events[i])));
        }
      }),
    );
  });

  test("are found whatever long texts they hold", () => {
    const piece = fc.constantFrom('"', "\\", "a", "],[", "x".repeat(63), "x".repeat(64), "y".repeat(130), "한\n");
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(fc.array(fc.dictionary(text, text), { minLength: 1, maxLength: 4 }), (events) => {
        const body = JSON.stringify(events);
        const { events: found, values } = findEventTexts(body);
        expect(found.map(({ from, to }) => JSON.parse(body.slice(from, to)))).toEqual(events);
        const fields = events.map((one) => 1 + Math.max(0, Object.keys(one).length - 1));
        expect(values).toBe(fields.reduce((sum, count) => sum + count, 0));
      }),
      { numRuns: 1000 },
    );
  });

  test("are found in the list called events, wherever it stands among other fields", () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1 }), key, event, spaces, (events, name, other, space) => {
        const more = `${JSON.stringify(name)}:${space}${JSON.stringify(other)}`;
        const list = `"events"${space}:${space}${JSON.stringify(events)}`;
        for (const body of [
          `{${more},${list}}`,
          `${space}{${list}${space},${more}}`,
          `{"events":[[1]],${more},${list}}`,
        ]) {
          const { events: found } = findEventTexts(body);
          expect(found.map(({ from, to }) => JSON.parse(body.slice(from, to)))).toEqual(events);
          expect(found.map(({ depth }) => depth)).toEqual(events.map(depthOf));
        }
      }),
    );
  });

  test.each([
    [String.raw`{"\u0065vents":[1,{"a":"],["}]}`, ["1", '{"a":"],["}']],
    ['{"x":{"events":[7]},"events":[8]}', ["8"]],
    ['{"events":{"events":[7]},"x":[8]}', []],
    ['{"name":"x","more":"events"}', []],
    ["5", []],
  ])("of %s are what JSON.parse reads there", (body, texts) => {
    const { events } = findEventTexts(body);
    expect(events.map(({ from, to }) => body.slice(from, to))).toEqual(texts);
  });

  test("count names of fields with their length, escapes as what they stand for, and no texts", () => {
    const leastOf = (body: string) => findEventTexts(body).whole.leastBytes;
    expect(leastOf('{"abc":"0123456789"}')).toBe(2 + 5 + 1 + 2);
    expect(leastOf(String.raw`{"\u0061bc":[1,2]}`)).toBe(2 + 2 + 3 + 1 + 2 + 1);
    expect(leastOf(String.raw`{"\"":1}`)).toBe(2 + 2 + 1);
  });

  test("are at most one more than may come in one request", () => {
    expect(findEventTexts(`[${"0,".repeat(100_000)}0]`).events).toHaveLength(501);
  });
});

test("what is no escape is not replaced, so that it stays wrong", () => {
  for (const json of ['["\\ud8', '["\\ud8zz"]', '["\\ud83d\\ude0', '["\\ud', "\\"])
    expect(findEventTexts(json).json).toBe(json.replace("\\ud83d", "\\ufffd"));
});

test("halves of surrogate pairs are replaced in JSON as it came, and nothing else is", () => {
  const pieces = [
    "\\ud83d",
    "\\uDE00",
    "\\udBff",
    "\\ude00",
    "\\\\",
    "ud83d",
    "ude00",
    "\\u0041",
    "\\u0000",
    "u0000",
    "\\n",
    "a",
    "한",
    "\\u00e9",
    "😀",
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 10 }), (some) => {
      const json = `["${some.join("")}"]`;
      const { json: clean, isClean } = findEventTexts(json);
      expect(clean).toHaveLength(json.length);
      expect([json, JSON.parse(clean)]).toEqual([json, [JSON.parse(json)[0].toWellFormed()]]);
      const written = JSON.stringify(JSON.parse(clean));
      expect([json, isClean]).toEqual([json, cleanJson(written) === written]);
    }),
    { numRuns: 3000 },
  );
});
