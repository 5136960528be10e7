import { describe, expect, test } from "vitest";
import { defaultNames, forbidden, limitsOf } from "../../src/collect/may-send.ts";

describe("what an app's key may send", () => {
  test.each(["page_view", "click", "impression", "signed_up", "custom", "payments", "constructor"])(
    "holds %s unless the app says otherwise",
    (name) => {
      expect(forbidden({ name }, limitsOf())).toBeUndefined();
    },
  );

  test.each(["payment", "login", "access_log", "app_log"])("does not hold %s unless the app says so", (name) => {
    expect(forbidden({ name }, limitsOf())).toEqual({
      path: "name",
      message: `Expected what this key may send (page_view, click, impression, names of your own), got "${name}"`,
    });
    expect(forbidden({ name }, limitsOf({ names: [...defaultNames, name] }))).toBeUndefined();
  });

  test("is what the app names, and no name of its own without `custom`", () => {
    const limits = limitsOf({ names: ["signed_up", "click"] });
    expect(["signed_up", "click"].map((name) => forbidden({ name }, limits))).toEqual([undefined, undefined]);
    for (const name of ["page_view", "signed_down", "custom", "payment"])
      expect(forbidden({ name }, limits)).toMatchObject({ path: "name" });
    expect(forbidden({ name: "click" }, limitsOf({ names: [] }))).toMatchObject({ path: "name" });
  });

  test.each([9007199254740991, -9007199254740991, 1_000_000_001, -1_000_000_001])("is no amount of %d", (amount) => {
    expect(forbidden({ name: "signed_up", amount }, limitsOf())).toEqual({
      path: "amount",
      message: `Expected at most 1000000000 either way with this key, got ${amount}`,
    });
  });

  test("is any amount up to the app's own bound", () => {
    const limits = limitsOf({ maxAmount: 500 });
    const errors = [500, -500, 0, null, undefined, 501].map((amount) => forbidden({ name: "click", amount }, limits));
    expect(errors).toEqual([undefined, undefined, undefined, undefined, undefined, expect.anything()]);
    expect(forbidden({ name: "click", amount: 1 }, limitsOf({ maxAmount: 0 }))).toMatchObject({ path: "amount" });
  });
});
