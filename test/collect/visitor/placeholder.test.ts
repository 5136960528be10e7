import { describe, expect, test } from "vitest";
import { idOf } from "../../../src/collect/visitor/placeholder.ts";

describe("an id", () => {
  test.each([
    ...["undefined", "null", "[object Object]", "", "   ", "\t\n", "\u00a0", "NULL", "None", "nil", "NaN", "Undefined"],
    ...["(null)", "<null>", "(not set)", "[object Undefined]", "{}", "[]", "true", "unknown", "anonymous", "-", "n/a"],
    ...[
      "00000000-0000-0000-0000-000000000000",
      '"undefined"',
      "''",
      "{{user_id}}",
      ["$", "{userId}"].join(""),
      "%USER_ID%",
      "<%= id %>",
    ],
    ...[" undefined ", "#{user.id}"],
  ])("is none: %j", (text) => {
    expect(idOf(text)).toBeUndefined();
  });

  test.each([
    "0",
    "1",
    "anna",
    "nullify",
    "Nonez",
    "truelove",
    "0000",
    "object",
    "[a]",
    "anna {1}",
    "100%",
    "-1",
    "null@e.com",
  ])("is %s as it is", (text) => {
    expect(idOf(text)).toBe(text);
  });

  test.each([" anna", "anna ", "\tanna\n", "\u00a0anna"])("is anna without the blanks around it: %j", (text) => {
    expect(idOf(text)).toBe("anna");
  });
});
