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
    ...[" undefined ", "#{user.id}", "undefined\0", "nu\0ll", "{user_id}", "#N/A", "0".repeat(32)],
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
    "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
    "0".repeat(31),
  ])("is %s as it is", (text) => {
    expect(idOf(text)).toBe(text);
  });

  test.each([" anna", "anna ", "\tanna\n", "\u00a0anna"])("is anna without the blanks around it: %j", (text) => {
    expect(idOf(text)).toBe("anna");
  });
});
