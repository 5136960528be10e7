import { expect, test } from "vitest";
import { rollupDigest } from "../../src/athena-queries/rollup-digest.ts";

test("the digest of days' rollups is this statement; test/handlers/batch.test.ts runs it against what blocks say", async () => {
  const { text, params } = rollupDigest(["2026-02-28", "2026-03-01"]);
  await expect(text).toMatchFileSnapshot("sql/rollup-digest.sql");
  expect(params).toEqual(["'2026-02-28'", "'2026-03-01'"]);
});
