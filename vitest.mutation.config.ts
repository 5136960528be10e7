/** The fast unit tests of what is pure, as Stryker runs them for each mutant (`npm run test:mutation`). */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "test/{metrics,schemas,collect,stream,batch,query,site,table}/**/*.test.ts",
      "test/cache.test.ts",
      "test/laws/fast-as-plain.test.ts",
    ],
    setupFiles: ["test/mutation/cases.ts"],
    testTimeout: 120_000,
    pool: "forks",
  },
});
