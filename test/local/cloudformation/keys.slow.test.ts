/** Stage local with its owner's keys is a separate package. */
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { packageStage } from "../../../local/package-stage.ts";

test("stage local has the keys that this machine's environment names instead of those that everybody knows", {
  timeout: 180_000,
}, async () => {
  const env = { DAYMARK_WRITE_KEY: "wk_mine", DAYMARK_TRUSTED_KEY: "tk_mine", DAYMARK_READ_TOKEN: "rt_mine" };
  const { template } = await packageStage("local", { root: resolve(import.meta.dirname, "../../.."), env });
  const text = JSON.stringify(template);
  for (const own of Object.values(env)) expect(text).toContain(own);
  expect(/\b(wk|tk|rt)_local/.exec(text)).toBeNull();
});
