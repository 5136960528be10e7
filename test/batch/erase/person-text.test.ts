import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Person } from "../../../src/athena-queries/person-rows.ts";
import { holdsPerson, withoutPerson } from "../../../src/batch/erase/person-text.ts";

const person: Person = { column: "visitor_id", id: "p-1" };
const base64 = (rows: readonly string[]) => Buffer.from(rows.map((row) => `${row}\n`).join("")).toString("base64");
const line = (...rows: string[]) => JSON.stringify({ attemptsMade: 1, rawData: base64(rows), errorCode: "x" });
const event = (fields: object) => JSON.stringify({ event_id: "e", name: "click", ...fields });
const rowsOf = (object: string) =>
  object
    .split("\n")
    .filter((one) => one !== "")
    .flatMap((one) => Buffer.from(JSON.parse(one).rawData, "base64").toString().trimEnd().split("\n"));

describe("an object of failed records without a person", () => {
  test("lacks the person's rows, the lines of nobody else, and keeps what it says of each record", () => {
    const mine = event({ visitor_id: "p-1" });
    const others = [
      event({ visitor_id: "p-2" }),
      event({ visitor_id: "p-2", target: "p-1" }),
      event({ user_id: "p-1" }),
    ];
    const { text, rows } = withoutPerson(`${line(mine, ...others)}\n${line(mine)}\n`, person);
    expect(rows).toBe(2);
    expect(rowsOf(text)).toEqual(others);
    expect(JSON.parse(text)).toMatchObject({ attemptsMade: 1, errorCode: "x" });
  });

  test("lacks rejected events, and what is no event, that have the id anywhere in their text", () => {
    const raw = (text: string) => JSON.stringify({ raw: text, errors: "[]", reason: "target" });
    const object = [line(raw('{"a":"p-1"}'), raw("p-2")), line("not JSON p-1"), "not a line of Firehose, p-1", "other"];
    const { text, rows } = withoutPerson(object.join("\n"), person);
    expect([rows, text]).toEqual([3, `${line(raw("p-2"))}\nother\n`]);
  });

  test("is the same, byte for byte, when the person is not in it, whatever it holds", () => {
    const texts = fc.array(fc.string().filter((text) => !/[\n\r]/.test(text) && text !== ""));
    fc.assert(
      fc.property(texts, fc.array(fc.array(fc.json(), { minLength: 1 })), (plain, records) => {
        const lines = [...plain, ...records.map((rows) => line(...rows.map((row) => row.replaceAll("p-1", ""))))];
        const object = lines
          .filter((one) => !one.includes("p-1"))
          .map((one) => `${one}\n`)
          .join("");
        expect(withoutPerson(object, person)).toEqual({ text: object, rows: 0 });
      }),
    );
  });
});

test("a text holds a person whose id stands in it as it is, or as JSON writes it", () => {
  const id = 'say "hi" \\';
  expect([id, JSON.stringify({ user_id: id })].map((text) => holdsPerson(text, { column: "user_id", id }))).toEqual([
    true,
    true,
  ]);
  expect(holdsPerson("say hi", { column: "user_id", id })).toBe(false);
});
