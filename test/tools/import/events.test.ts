import { describe, expect, test } from "vitest";
import { createLineReader, formatOf, guessFormat } from "../../../tools/import/events.ts";
import { accessLines } from "./access-lines.ts";

const read = (lines: string[], windowLines?: number, source?: string) => {
  const reader = createLineReader(formatOf("combined"), { ...(windowLines && { windowLines }), source });
  return lines.flatMap((line, i) => reader(line, i + 1) ?? []);
};
const idsOf = (lines: string[], windowLines?: number) => read(lines, windowLines).map(({ id }) => id);

describe("the id of a line", () => {
  const lines = accessLines(300);

  test("is the same whenever the line is read, and another for every other line", () => {
    expect(idsOf(lines)).toEqual(idsOf(lines));
    expect(new Set(idsOf(lines)).size).toBe(300);
  });

  test("distinguishes equal lines by their ordinal", () => {
    const [a, b] = ["x", "y"];
    const [first, other, second, third] = idsOf([a, b, a, a]);
    expect(new Set([first, other, second, third]).size).toBe(4);
    expect(idsOf([b, a, a, a])).toEqual([other, first, second, third]);
  });

  test("does not change between releases, or repeated imports would count", () => {
    expect(idsOf(["a line", "a line"])).toMatchInlineSnapshot(`
      [
        "31b9ee4a-830b-8558-8e39-e6bd6356d405",
        "401425e5-d362-8496-9da0-1d6b8928942d",
      ]
    `);
  });

  test("is another for each server that is named", () => {
    const of = (source?: string) => read(["x", "x"], undefined, source).map(({ id }) => id);
    expect(new Set([...of(), ...of("web1"), ...of("web2")]).size).toBe(6);
    expect(of("web1")).toEqual(of("web1"));
  });

  test("distinguishes equal lines within the window, in constant memory", () => {
    const between = Array.from({ length: 9 }, (_, i) => `other ${i}`);
    const [first, ...rest] = idsOf(["equal", ...between, "equal"], 10);
    expect(rest.at(-1)).not.toBe(first);
    const far = Array.from({ length: 50 }, (_, i) => `other ${i}`);
    expect(idsOf(["equal", ...far, "equal"], 10).at(-1)).toBe(first);
  });
});

describe("a line as an event", () => {
  test("is an access_log with the line's time", () => {
    const [line] = read(accessLines(1));
    expect(JSON.parse(line?.json ?? "")).toMatchObject({ name: "access_log", event_id: line?.id, status: 200 });
    expect(line).toMatchObject({ number: 1, instant: Date.UTC(2024, 1, 28, 12) });
    expect(line).not.toHaveProperty("problem");
  });

  test("of another format is sent to be rejected, whole", () => {
    const [line] = read(["nonsense"]);
    expect(JSON.parse(line?.json ?? "")).toEqual({ event_id: line?.id, name: "access_log", line: "nonsense" });
    expect(line?.problem).toBe('it has another format: "nonsense"');
  });

  test("of JSON is taken as it is, with an id if it has none", () => {
    const reader = createLineReader(formatOf("ndjson"));
    const own = '{"name":"click","target":"x","event_id":"0A000000-0000-4000-8000-00000000000A","occurred_at":5}';
    expect(reader(own, 1)).toEqual({
      number: 1,
      id: "0A000000-0000-4000-8000-00000000000A",
      json: '{"name":"click","target":"x","event_id":"0A000000-0000-4000-8000-00000000000A","occurred_at":5}',
      instant: 5,
    });
    const made = reader('{"name":"login"}', 2);
    expect(JSON.parse(made?.json ?? "")).toEqual({ event_id: made?.id, name: "login" });
    expect([reader("[1]", 3)?.problem, reader("{", 4)?.problem]).toEqual([
      'it is not a JSON object: "[1]"',
      'it is not a JSON object: "{"',
    ]);
  });

  test("of JSON whose id is null is sent with the id of its line", () => {
    const reader = createLineReader(formatOf("ndjson"));
    const lines = [1, 2].map((n) => reader(`{"name":"login","event_id":null,"n":${n}}`, n));
    expect(lines.map((line) => JSON.parse(line?.json ?? "").event_id)).toEqual(lines.map((line) => line?.id));
    expect(new Set(lines.map((line) => line?.id)).size).toBe(2);
    expect(JSON.parse(reader('{"name":"login","event_id":5}', 3)?.json ?? "").event_id).toBe(5);
  });

  test("of JSON nested more deeply than any stack is sent, to be rejected", () => {
    const deep = `{"name":"login","a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
    const line = createLineReader(formatOf("ndjson"))(deep, 1);
    expect(JSON.parse(line?.json ?? "")).toMatchObject({ name: "login", event_id: line?.id });
  });

  test("is detected from many lines, and not at all if most lines fit none", () => {
    expect(guessFormat(['{"name":"click"}', "{", '{"name":"login"}'])?.name).toBe("ndjson");
    expect(guessFormat(["damaged", ...accessLines(3)])?.name).toBe("combined");
    expect(guessFormat(['{"name":"daymark",', '  "version": "1"', "}"])).toBeUndefined();
    expect(guessFormat(["a,b", "1,2"])).toBeUndefined();
  });

  test("of a log that names its requests has the same id wherever the line is", () => {
    const line = (id: string, path: string) =>
      JSON.stringify({ time: "2026-11-25T10:06:03Z", status: 200, request: `GET ${path} HTTP/1.1`, request_id: id });
    const reader = createLineReader(formatOf("json"));
    const [first, again, other] = [line("a", "/"), line("a", "/x"), line("b", "/")].map((text) => reader(text, 1)?.id);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test("of a comment is nothing", () => {
    expect(createLineReader(formatOf("w3c"))("#Version: 1.0", 1)).toBeUndefined();
  });

  test("is in a format that the command line names", () => {
    expect(formatOf('$remote_addr [$time_local] "$request" $status').name).toBe("custom");
    expect(() => formatOf("xml")).toThrow(
      'Cannot read format "xml": it is none of combined, json, w3c, alb, s3, ndjson',
    );
  });
});
