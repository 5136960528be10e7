import { describe, expect, test } from "vitest";
import { visitorId } from "../../../src/collect/visitor/visitor-id.ts";

describe("visitorId", () => {
  // printf '203.0.113.7\\nagent' | openssl dgst -sha256 -hmac salt2026-11-22 -binary | base64 | tr +/ -_ | cut -c 1-22
  const id = "7fNUwih7MehKS6S9qllaNW";

  test("is the same for the same visitor on the same day, in every release: or a visitor would count twice", () => {
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
    const made = visitorId("salt", "2026-11-22", "203.0.113.7", "agent");
    expect(made).toMatch(/^[\w-]{22}$/);
    expect(made).not.toContain("203");
  });
});
