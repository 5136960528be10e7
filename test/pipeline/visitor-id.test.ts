import { describe, expect, test } from "vitest";
import { visitorId } from "../../src/pipeline/visitor-id.ts";

describe("visitorId", () => {
  const id = visitorId("salt", "2026-11-22", "203.0.113.7", "agent");

  test("is the same for the same visitor on the same day", () => {
    expect(visitorId("salt", "2026-11-22", "203.0.113.7", "agent")).toBe(id);
  });

  test("is another for another day, address, user agent or salt", () => {
    const others = [
      visitorId("salt", "2026-11-23", "203.0.113.7", "agent"),
      visitorId("salt", "2026-11-22", "203.0.113.8", "agent"),
      visitorId("salt", "2026-11-22", "203.0.113.7", "other"),
      visitorId("pepper", "2026-11-22", "203.0.113.7", "agent"),
    ];
    expect(new Set([id, ...others]).size).toBe(5);
  });

  test("has 128 bits and says nothing of the address", () => {
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(id).not.toContain("203");
  });
});
