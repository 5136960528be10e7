import { describe, expect, test } from "vitest";
import { MAX_DEPTH, MAX_PROPERTIES_BYTES, propertiesText } from "../../../src/collect/event/properties.ts";

const text = (json: string) => {
  const event = JSON.parse(json);
  const known = ["name", "properties"].filter((field) => Object.hasOwn(event, field));
  return propertiesText(event, known, event.properties);
};
const nested = (levels: number) => `{"name":"x","properties":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}`;

describe("propertiesText", () => {
  test("is nothing when there is nothing to store", () => {
    expect(text('{"name":"x"}')).toEqual({});
    expect(text('{"name":"x","properties":{}}')).toEqual({});
    expect(text('{"name":"x","properties":null}')).toEqual({});
  });

  test("takes unknown fields in, and lets the explicit property win", () => {
    expect(text('{"name":"x","plan":"a","seats":3,"properties":{"plan":"b"}}')).toEqual({
      text: '{"seats":3,"plan":"b"}',
    });
  });

  test("keeps __proto__ and constructor as data, and no prototype changes", () => {
    const event = '{"name":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const stored = text(event);
    expect(stored).toEqual({
      text: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    });
    expect(text('{"name":"x","properties":{"__proto__":{"polluted":1}}}')).toEqual({
      text: '{"__proto__":{"polluted":1}}',
    });
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("refuses what is nested deeper than allowed, and says so", () => {
    expect(text(nested(MAX_DEPTH))).toHaveProperty("text");
    expect(text(nested(MAX_DEPTH).replace("1", "null"))).toHaveProperty("text");
    expect(text(`{"name":"x","a":1,"b":${"[".repeat(10)}${"]".repeat(10)}}`)).toHaveProperty("error");
    expect(text(nested(MAX_DEPTH + 1))).toEqual({
      error: {
        path: "properties",
        message: "Expected properties, unknown fields included, nested at most 10 levels deep, got more",
      },
    });
  });

  test("refuses more bytes than allowed, counted in UTF-8", () => {
    const ascii = "a".repeat(MAX_PROPERTIES_BYTES - '{"a":""}'.length);
    expect(text(`{"name":"x","a":"${ascii}"}`)).toHaveProperty("text");
    expect(text(`{"name":"x","a":"${ascii}b"}`)).toEqual({
      error: {
        path: "properties",
        message: "Expected properties, unknown fields included, of at most 32768 bytes as JSON, got 32769",
      },
    });
    expect(text(`{"name":"x","a":"${"한".repeat(11_000)}"}`)).toHaveProperty("error");
  });

  test("counts bytes, not characters, right up to the limit", () => {
    const hangul = "한".repeat(10_919); // three bytes each: 32,757 with the 11 of {"a":"…xyz"}
    expect(text(`{"name":"x","a":"${hangul}xyz"}`)).toEqual({ text: `{"a":"${hangul}xyz"}` });
    expect(text(`{"name":"x","a":"${hangul}wxyz"}`)).toHaveProperty("error");
  });

  test("takes what only the event or only its properties hold", () => {
    expect(text('{"name":"x","plan":"a"}')).toEqual({ text: '{"plan":"a"}' });
    expect(text('{"name":"x","properties":{"plan":"a"}}')).toEqual({ text: '{"plan":"a"}' });
    expect(text('{"name":"x","plan":"a","properties":null}')).toEqual({ text: '{"plan":"a"}' });
  });

  test("changes nothing of the event, and writes no explicit property twice", () => {
    const event = { name: "x", plan: "a", seats: 3, properties: { plan: "b", name: "c" } };
    const before = structuredClone(event);
    expect(propertiesText(event, ["name", "properties"], event.properties)).toEqual({
      text: '{"seats":3,"plan":"b","name":"c"}',
    });
    expect(event).toEqual(before);
    expect(Object.keys(event)).toEqual(Object.keys(before));
  });

  test("counts no bracket inside a text as a level", () => {
    const brackets = JSON.stringify('"[{'.repeat(30));
    expect(text(`{"name":"x","a":${brackets},${brackets}:[]}`)).toHaveProperty("text");
  });

  test("cleans texts and keys", () => {
    expect(text('{"name":"x","a\\u0000":"\\ud800"}')).toEqual({ text: '{"a":"\ufffd"}' });
  });
});
