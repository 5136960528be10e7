import { describe, expect, test } from "vitest";
import { readEnvelope } from "../../src/collect/read-envelope.ts";

const many = (count: number) => `"more":[${"[],".repeat(count)}0]`;
const long = "12345678901234567890";
const eventsOf = (body: string) => {
  const envelope = readEnvelope(body);
  if ("errors" in envelope) return envelope.errors;
  const { events, writeOut = (json) => json } = envelope;
  return events.map((event) => writeOut(JSON.stringify(event)));
};

describe("a number that a double cannot hold", () => {
  test.each([
    ["in a list", `[{"a":${long}},${long}]`, [`{"a":${long}}`, long]],
    ["in an envelope", `{"sent_at":1,"events":[{"a":[${long}]}]}`, [`{"a":[${long}]}`]],
    ["of an event with a field called events", `{"name":"x","events":${long}}`, [`{"name":"x","events":${long}}`]],
  ])("is kept %s", (_, body, events) => {
    expect(eventsOf(body)).toEqual(events);
  });

  test("is kept beside an event that is too large to be accepted, in a list or an envelope", () => {
    const large = `{${many(20_000)}}`;
    for (const body of [
      `[${large},{"a":${long}},${long}]`,
      `{"x":[${long}],"events":[${large},{"a":${long}},${long}]}`,
    ])
      expect(eventsOf(body).slice(1)).toEqual([`{"a":${long}}`, long]);
  });

  test("is read as a double in the envelope, and refused where no double can be", () => {
    expect(readEnvelope(`{"sent_at":1700000000000.0000001,"events":[1]}`)).toMatchObject({ sentAt: 1.7e12 });
    expect(eventsOf('{"sent_at":1e400,"events":[1]}')).toMatchObject([{ path: "sent_at" }]);
  });
});

describe("an envelope", () => {
  test("is not walked through beside its own fields", () => {
    const body = `{"events":[{"name":"login"}],${many(300_000)}}`;
    expect(eventsOf(body)).toEqual(['{"name":"login"}']);
  });

  test.each(["[1]", '{"events":[1],"batch_id":7}'])(
    "%s of more than 500 events is refused before they are read",
    (body) => {
      const few = body.replace("1", Array(500).fill("1").join());
      expect(eventsOf(few)).toHaveLength(few.startsWith("[") ? 500 : 1);
      expect(() => eventsOf(body.replace("1", Array(501).fill("1").join()))).toThrow(
        /501 events in one request: at most 500/,
      );
    },
  );
});
