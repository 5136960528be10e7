import { expect, test } from "vitest";
import { lookUpDomain } from "../../../src/collect/visitor/look-up-domain.ts";

test("a host has the entry of the nearest domain, however deep it is below it", () => {
  const domains = new Map([
    ["a.com", 1],
    ["b.a.com", 2],
    ["u.v.w.x.y.com", 3],
  ]);
  const of = (host: string) => lookUpDomain(domains, host);
  const deep = "n.".repeat(100);
  expect(["a.com", "b.a.com", "c.a.com", `${deep}b.a.com`, `${deep}a.com`].map(of)).toEqual([1, 2, 1, 2, 1]);
  expect(["u.v.w.x.y.com", `${deep}u.v.w.x.y.com`, `${deep}v.w.x.y.com`].map(of)).toEqual([3, 3, undefined]);
  expect(["com", "", ".", ".a.com", "xa.com", "a.com.", deep].map(of)).toEqual([
    ...[undefined, undefined, undefined, 1, undefined, undefined, undefined],
  ]);
});
