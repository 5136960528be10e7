import { describe, expect, test } from "vitest";
import { limitsOf } from "../../src/collect/may-send.ts";
import { createKeyring, identify } from "../../src/collect/write-key.ts";

const apps = [
  { app: "web", key: "wk_web", origins: ["https://example.com"] },
  { app: "any", key: "wk_any", origins: ["*"] },
];
/** The identified caller, or the error. */
const outcome = (key: string | undefined, origin?: string) => {
  try {
    return identify(createKeyring(apps, "tk_server"), { key, origin, isKeyInUrl: false });
  } catch (error) {
    return error;
  }
};

describe("identify", () => {
  test("names the app of a write key", () => {
    expect(outcome("wk_web", "https://example.com")).toMatchObject({ app: "web", trusted: false });
    expect(outcome("wk_any", "https://elsewhere.example")).toMatchObject({ app: "any", trusted: false });
  });

  test("knows the hosts of the app's own sites", () => {
    const www = [{ app: "web", key: "wk_web", origins: ["https://www.example.com", "http://localhost:3000"] }];
    const { ownHosts } = identify(createKeyring(www, "tk"), { key: "wk_web", origin: undefined, isKeyInUrl: false });
    expect(ownHosts).toEqual(new Set(["example.com", "localhost:3000"]));
  });

  test("lets requests without an origin pass: they do not come from a page", () => {
    expect(outcome("wk_web")).toMatchObject({ app: "web", trusted: false });
  });

  test("trusts the trusted key, which has no limits", () => {
    expect(outcome("tk_server")).toStrictEqual({ app: "server", trusted: true });
  });

  test.each(["https://elsewhere.example", "https://example.com", "http://127.0.0.1:3000", "null", ""])(
    "never trusts a page, of origin %j",
    (origin) => {
      expect(outcome("tk_server", origin)).toMatchObject({ status: 403, message: expect.stringMatching(/origin/) });
    },
  );

  test("takes an app's key out of an address, and never the trusted one", () => {
    const inUrl = (key: string) => () =>
      identify(createKeyring(apps, "tk_server"), { key, origin: undefined, isKeyInUrl: true });
    expect(inUrl("wk_web")()).toMatchObject({ app: "web" });
    expect(inUrl("tk_server")).toThrow("the trusted key belongs into the header x-write-key, not into an address");
  });

  test("says what each app may send: what it names, or Daymark's own limits", () => {
    const limited = { app: "shop", key: "wk_shop", origins: ["*"], names: ["payment"], maxAmount: 500 };
    const keyring = createKeyring([...apps, limited], "tk_server");
    const limits = (key: string) => identify(keyring, { key, origin: undefined, isKeyInUrl: false }).limits;
    expect(limits("wk_shop")).toEqual({ names: new Set(["payment"]), maxAmount: 500 });
    expect(limits("wk_web")).toEqual(limitsOf());
  });

  test.each([undefined, "", "nope", "wk_we", "wk_web2", "WK_WEB"])("answers 401 for key %j", (key) => {
    expect(outcome(key, "https://example.com")).toMatchObject({ status: 401 });
  });

  test.each(["https://evil.example", "http://example.com", "https://example.com.evil.example", "null"])(
    "answers 403 for origin %j",
    (origin) => {
      expect(outcome("wk_web", origin)).toMatchObject({ status: 403 });
    },
  );

  test("says what is wrong with a key or an origin", () => {
    expect(outcome(undefined)).toMatchObject({ message: "Cannot accept events: the write key is missing" });
    expect(outcome("")).toMatchObject({ message: "Cannot accept events: the write key is missing" });
    expect(outcome("nope")).toMatchObject({ message: "Cannot accept events: the write key is unknown" });
    expect(outcome("wk_web", "https://evil.example")).toMatchObject({
      message: "Cannot accept events: origin https://evil.example may not use this key",
    });
  });

  test("repeats no more than 100 characters of an origin", () => {
    expect(outcome("wk_web", "x".repeat(101))).toMatchObject({
      message: `Cannot accept events: origin ${"x".repeat(100)} may not use this key`,
    });
  });

  test("lets an app without origins be used by no page, and a stage without apps by servers alone", () => {
    const locked = createKeyring([{ app: "jobs", key: "wk_jobs", origins: [] }], "tk_server");
    const of = (key: string, origin?: string) => ({ key, origin, isKeyInUrl: false });
    expect(identify(locked, of("wk_jobs"))).toMatchObject({ app: "jobs", trusted: false });
    expect(() => identify(locked, of("wk_jobs", "https://example.com"))).toThrow("may not use this key");
    expect(identify(createKeyring([], "tk_server"), of("tk_server"))).toEqual({ app: "server", trusted: true });
    expect(() => identify(createKeyring([], "tk_server"), of("wk_web"))).toThrow("unknown");
  });

  test("never repeats a key in its message", () => {
    expect(String((outcome("wk_secret") as Error).message)).not.toContain("wk_secret");
  });
});
