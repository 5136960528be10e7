import { describe, expect, test } from "vitest";
import { pixelBody } from "../../src/collect/pixel.ts";

const event = (query: string, referer?: string) => JSON.parse(pixelBody(query, referer));

describe("pixelBody", () => {
  test("makes an event of a query string, without the key", () => {
    expect(event("key=wk&name=page_view&url=https%3A%2F%2Fe.com%2Fx%3Fa%3D1&plan=pro")).toEqual({
      name: "page_view",
      url: "https://e.com/x?a=1",
      plan: "pro",
    });
  });

  test("reads numbers where a field is one, and leaves other texts alone", () => {
    expect(event("name=payment&amount=-500&currency=KRW&occurred_at=1763812800000&seats=3")).toEqual({
      name: "payment",
      amount: -500,
      currency: "KRW",
      occurred_at: 1763812800000,
      seats: "3",
    });
    expect(event("name=payment&amount=1.5&occurred_at=2026-11-22T00:00:00Z")).toMatchObject({
      amount: "1.5",
      occurred_at: "2026-11-22T00:00:00Z",
    });
  });

  test("reads properties as JSON, and leaves what is none for the schema to refuse", () => {
    expect(event("name=x&properties=%7B%22a%22%3A1%7D")).toEqual({ name: "x", properties: { a: 1 } });
    expect(event("name=x&properties=nonsense")).toEqual({ name: "x", properties: "nonsense" });
  });

  test.each([
    ["status=404", { status: 404 }],
    ["bytes=0", { bytes: 0 }],
    ["bytes=9007199254740991", { bytes: 9007199254740991 }],
    ["amount=12345678901234567", { amount: "12345678901234567" }],
    ["amount=5%20KRW", { amount: "5 KRW" }],
    ["amount=$5", { amount: "$5" }],
    ["amount=-", { amount: "-" }],
    ["amount=%2B5", { amount: "+5" }],
  ])("reads %s as %j: a number is whole and nothing but one", (query, fields) => {
    expect(event(query)).toEqual(fields);
  });

  test("reads properties nested more deeply than any stack, so that they are refused", () => {
    const list = JSON.stringify(event(`name=x&properties={"a":${"[".repeat(5000)}${"]".repeat(5000)}}`).properties.a);
    expect(list).toMatch(/^\[{50,}/);
  });

  test("leaves out what is empty, and takes a later one that is not", () => {
    expect(event("name=&target=&key=")).toEqual({});
    expect(event("name=&name=click&name=login")).toEqual({ name: "click" });
    expect(event("url=", "https://e.com/mail")).toEqual({ url: "https://e.com/mail" });
    expect(event("name=click", "")).toEqual({ name: "click" });
  });

  test("leaves properties that are null as text, so that they are refused and not forgotten", () => {
    expect(event("properties=null")).toEqual({ properties: "null" });
    expect(event("plan=%7B%7D")).toEqual({ plan: "{}" });
  });

  test("takes the page that shows the image for the url", () => {
    expect(event("name=page_view", "https://e.com/mail")).toEqual({ name: "page_view", url: "https://e.com/mail" });
    expect(event("name=page_view&url=%2Fy", "https://e.com/mail")).toMatchObject({ url: "/y" });
  });

  test("takes the first of two equal parameters, and is not led astray by __proto__", () => {
    expect(event("name=a&name=b")).toEqual({ name: "a" });
    expect(pixelBody("name=a&__proto__=x", undefined)).toBe('{"name":"a","__proto__":"x"}');
  });
});

test("numbers that a double cannot hold keep their digits", () => {
  const id = "9007199254740993";
  expect(pixelBody(`name=order&amount=${id}&properties={"id":${id}}`, undefined)).toBe(
    `{"name":"order","amount":"${id}","properties":{"id":${id}}}`,
  );
});
