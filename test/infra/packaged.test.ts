/**
 * What `serverless deploy` looks for in the output of `serverless package`. `npm run test:aws` runs the deployment
 * itself.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compiledTemplate } from "./compiled-template.ts";

test("a package holds an archive for each function, which a deployment finds whatever the checkout is called", {
  timeout: 180_000,
}, async () => {
  const { folder } = await compiledTemplate("dev");
  const state = JSON.parse(await readFile(join(folder, "serverless-state.json"), "utf8"));
  expect(state.package.individually).toBe(true);
  for (const [key, fn] of Object.entries<{ package: { artifact: string } }>(state.service.functions)) {
    expect(fn.package.artifact).toBe(join(".serverless", `${key}.zip`));
    const archive = await readFile(join(folder, `${key}.zip`));
    expect(archive.includes(`src/handlers/${key}.js`)).toBe(true);
    expect(archive.includes("THIRD_PARTY_NOTICES")).toBe(true);
  }
});
