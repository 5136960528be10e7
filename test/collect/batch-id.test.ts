import { describe, expect, test } from "vitest";
import { batchIdOf, eventIdOf, streamOf } from "../../src/collect/batch-id.ts";
import { uuidFrom } from "../../src/schemas/stable-uuid.ts";

describe("derived ids", () => {
  test("do not change between releases, or repeats would be counted", () => {
    expect(batchIdOf("web", ["a", "b"])).toMatchInlineSnapshot(`"dfef4b80-21e2-8b83-b1bc-29b7fbd44089"`);
    expect(eventIdOf("web", "b", 0)).toMatchInlineSnapshot(`"51439578-18fd-8f95-a51a-657fed51795d"`);
  });
});

describe("ids of one app", () => {
  test("are not those of another app", () => {
    expect(batchIdOf("web", ["a"])).not.toBe(batchIdOf("shop", ["a"]));
    expect(eventIdOf("web", "b", 1)).not.toBe(eventIdOf("shop", "b", 1));
    expect(eventIdOf("web", "b", 1)).not.toBe(eventIdOf("web", "b", 11));
  });
});

describe("streamOf", () => {
  test("spreads batches evenly and keeps each on its stream", () => {
    const streams: [string, ...string[]] = ["a", "b", "c", "d"];
    const counts = new Map(streams.map((stream) => [stream, 0]));
    for (let i = 0; i < 4000; i++) {
      const stream = streamOf(uuidFrom(String(i)), streams);
      expect(streamOf(uuidFrom(String(i)), streams)).toBe(stream);
      counts.set(stream, (counts.get(stream) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test("is the only one when there is one", () => {
    expect(streamOf("x", ["only"])).toBe("only");
  });
});
