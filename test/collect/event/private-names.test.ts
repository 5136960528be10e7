import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { privateNames } from "../../../src/collect/event/private-names.ts";

const isPrivate = privateNames("");

describe("a name", () => {
  test.each([
    ...["token", "ACCESS_TOKEN", "X-Amz-Security-Token", "to ken", "%74oken", "toke%6E", "t%6fk%65n", "e%2Dmail"],
    ...[
      "user[email]",
      "user%5Bemail%5D",
      "user.email",
      "a.b[c].email",
      "email[]",
      "user[email][]",
      "amp;token",
      "AMP;amp%3Btoken",
    ],
    ...["amp%3Btoken", "비밀.email", "-ip-"],
  ])("%s is private", (name) => {
    expect(isPrivate(name)).toBe(true);
  });

  test.each([
    ...[
      "a;sid",
      "token\0",
      "to\x01token",
      "/list;sid",
      "xamp;token",
      "amp;",
      "",
      "tokens",
      "oken",
      "atoken",
      "tokenx",
      "email.x",
      "email[x]",
      "[]",
      "-",
      "%",
      "%7",
      "token%",
      "%2574oken",
    ],
    ...["비밀", "tok\u0130en", "%ed%a0%80", "emailemail", "toke\u{10006e}", "%E0%A4%A"],
  ])("%j is not", (name) => {
    expect(isPrivate(name)).toBe(false);
  });

  test("is private if it was named, in any language and spelling, and then alone", () => {
    const named = privateNames("Member-No, 비밀 번호,, order[seller],a.buyer");
    for (const name of [
      "memberno",
      "MEMBER_NO",
      "비밀번호",
      "비밀-번호",
      encodeURIComponent("비밀번호"),
      "a[비밀%EB%B2%88호]",
    ])
      expect([name, named(name), isPrivate(name)]).toEqual([name, true, false]);
    expect(["token", "seller", "x.buyer", "order", "a"].map(named)).toEqual([true, true, true, false, false]);
    expect([named(""), named("%EB"), named("번호")]).toEqual([false, false, false]);
  });

  test("is private however it is written", () => {
    const letter = (char: string) => {
      const code = char.charCodeAt(0).toString(16);
      return fc.constantFrom(char, char.toUpperCase(), `%${code}`, `%${code.toUpperCase()}`, `-${char}`, `${char}_`);
    };
    const written = fc.constantFrom("password", "sid", "rrn").chain((name) => fc.tuple(...Array.from(name, letter)));
    const around = fc.constantFrom(["", ""], ["a.", ""], ["a[", "]"], ["a%5B", "%5d"], ["amp;amp;", ""]);
    fc.assert(
      fc.property(written, around, (letters, [before, behind]) => {
        expect(isPrivate(`${before}${letters.join("")}${behind}`)).toBe(true);
        expect(isPrivate(`${before}x${letters.join("")}${behind}`)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
