import { expect, test } from "vitest";
import { createKeyFinder } from "../../../local/http/keys.ts";

const fn = (name: string, environment: Record<string, string>) => ({
  key: name,
  name,
  arn: `arn:${name}`,
  handler: "h.handler",
  memoryMB: 1,
  timeoutSeconds: 1,
  environment,
});
const apps = JSON.stringify([
  { app: "web", key: "wk_a", origins: ["*"] },
  { app: "shop", key: "wk_b", origins: [] },
]);
let trusted = "tk_1";
const keyOf = createKeyFinder(
  [
    fn("collect", { APPS: apps, TRUSTED_KEY_SECRET: "trusted" }),
    fn("logs", { TRUSTED_KEY_SECRET: "trusted" }),
    fn("query", { READ_TOKEN_SECRET: "token" }),
  ],
  (id) => (id === "trusted" ? trusted : ""),
);
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

test.each([
  ["collect", { "x-write-key": "wk_a" }, "", "key 0"],
  ["collect", {}, "name=x&key=wk_b", "key 1"],
  ["collect", { "x-write-key": "tk_1" }, "", "key 2"],
  ["collect", {}, "", undefined],
  ["collect", { "x-write-key": "wk_" }, "key=", undefined],
  ["logs", { authorization: "Bearer tk_1" }, "", "key 0"],
  ["logs", { authorization: basic("user:tk_1") }, "", "key 0"],
  ["logs", { "x-write-key": "wk_a" }, "", undefined],
  ["query", {}, "", ""],
] as const)("of a request to %s with %j and ?%s the key is %s", (name, headers, query, key) => {
  expect(keyOf(name, { headers, query })).toBe(key);
});

test("a trusted key that was rotated is known at once, and the old one no more", () => {
  trusted = "tk_2";
  expect(keyOf("collect", { headers: { "x-write-key": "tk_2" }, query: "" })).toBe("key 2");
  expect(keyOf("collect", { headers: { "x-write-key": "tk_1" }, query: "" })).toBeUndefined();
});
