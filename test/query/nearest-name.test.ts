import { expect, test } from "vitest";
import { nearestName } from "../../src/query/nearest-name.ts";

const known = ["from", "to", "by", "limit", "interval", "utm_campaign", "referrer_host", "path"];

test.each([
  ["form", "from"],
  ["fom", "from"],
  ["From", "from"],
  ["frmo", "from"],
  ["limits", "limit"],
  ["intreval", "interval"],
  ["utm_campain", "utm_campaign"],
  ["utm_campaing", "utm_campaign"],
  ["refferer_host", "referrer_host"],
  ["referer_host", "referrer_host"],
  ["bye", "by"],
])("%s means %s", (written, meant) => {
  expect(nearestName(written, known)).toBe(meant);
});

test.each(["", "colour", "pathology", "__proto__", "fr", "x".repeat(100_000)])("%j means none of them", (written) => {
  expect(nearestName(written, known)).toBeUndefined();
});
