import { describe, expect, test } from "vitest";
import { answerWithFile, chooseEncoding, findFile, type SiteFile } from "../../src/site/site.ts";

const file: SiteFile = { kind: "page", type: "text/html", etag: 'W/"abc"', br: "YnI=", gzip: "Z3o=" };
const script = "sha256-AAAA";

describe("the form of a file", () => {
  test.each([
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["GZIP;q=0.5, br;q=0", "gzip"],
    ["*", "br"],
    ["br;q=0, *;q=0.1", "gzip"],
    ["br;q=0.001", "br"],
    ["br; q=0, gzip ; q=1", "gzip"],
    ["br;level=q=1;q=0, gzip;level=4", "gzip"],
    ["*;q=0, gzip", "gzip"],
    ["br;q=0", "identity"],
    ["br;q=high", "identity"],
    ["identity", "identity"],
    ["gzip;q=0", "identity"],
    ["", "identity"],
    [undefined, "identity"],
    [";;,,=", "identity"],
  ])("for accept-encoding %j is %s", (accepts, encoding) => {
    expect(chooseEncoding(accepts)).toBe(encoding);
  });
});

describe("a browser that has a file", () => {
  test.each(['W/"abc"', '"abc"', '"x", W/"abc"', '"abc" , "x"', "*", " * "])(
    "with if-none-match %s is told that it is the same",
    (has) => {
      const answer = answerWithFile(file, { accepts: "br", has });
      expect(answer.status).toBe(304);
      expect(answer.headers).toMatchObject({ etag: 'W/"abc"', "cache-control": "no-cache" });
      expect(answer.headers).not.toHaveProperty("content-encoding");
    },
  );

  test.each(['"abcd"', '"aW/bc"', "abc, ", "", undefined])("with if-none-match %j gets it", (has) => {
    expect(answerWithFile(file, { has }).status).toBe(200);
  });
});

describe("an answer", () => {
  test("may be kept as long as its kind allows", () => {
    const kept = (kind: SiteFile["kind"]) => answerWithFile({ ...file, kind }, {}).headers["cache-control"];
    expect(kept("page")).toBe("no-cache");
    expect(kept("beacon")).toBe("public, max-age=86400, stale-while-revalidate=604800");
    expect(kept("hashed")).toBe("public, max-age=31536000, immutable");
  });

  test("is guessed at by no browser, and depends on the encodings that it takes", () => {
    const { headers } = answerWithFile(file, { accepts: "gzip" });
    expect(headers).toMatchObject({
      "content-type": "text/html",
      "content-encoding": "gzip",
      vary: "accept-encoding",
      "x-content-type-options": "nosniff",
      "referrer-policy": "strict-origin-when-cross-origin",
    });
  });

  test("that is not compressed names no encoding, and one that is names its own", () => {
    expect(answerWithFile(file, {})).toMatchObject({ status: 200, encoding: "identity" });
    expect(answerWithFile(file, {}).headers).not.toHaveProperty("content-encoding");
    expect(answerWithFile(file, { accepts: "br" })).toMatchObject({
      encoding: "br",
      headers: { "content-encoding": "br" },
    });
  });

  test("may be used by other sites if it is the beacon", () => {
    const policy = (kind: SiteFile["kind"]) =>
      answerWithFile({ ...file, kind }, {}).headers["cross-origin-resource-policy"];
    expect([policy("beacon"), policy("page"), policy("hashed")]).toEqual([
      "cross-origin",
      "same-origin",
      "same-origin",
    ]);
  });

  test("with a page allows nothing from elsewhere, and no script that was not built into it", () => {
    const policy = answerWithFile({ ...file, inlineScripts: [script] }, {}).headers["content-security-policy"];
    expect(policy?.split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'self' 'sha256-AAAA'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(answerWithFile(file, {}).headers["content-security-policy"]).toContain("; script-src 'self'; ");
    expect(answerWithFile({ ...file, kind: "hashed" }, {}).headers).not.toHaveProperty("content-security-policy");
  });
});

describe("the file at a path", () => {
  const files = { "/": file, "/demo": { ...file, etag: "demo" } };

  test("is the demo for all pages below it, where the stage has one", () => {
    expect(findFile(files, "/demo", true)?.etag).toBe("demo");
    expect(findFile(files, "/demo/posting/7", true)?.etag).toBe("demo");
    expect(findFile(files, "/demo", false)).toBeUndefined();
    expect(findFile(files, "/demo/posting/7", false)).toBeUndefined();
    expect(findFile(files, "/", false)).toBe(file);
  });

  test.each(["/nothing", "/demonstration", "", "/__proto__", "__proto__", "/constructor", "toString"])(
    "%j is none",
    (path) => {
      expect(findFile(files, path, true)).toBeUndefined();
    },
  );
});
