/** What needs servers of databases on this machine: `npm run test:sources`, which says what it skips. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/sources-servers/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
  },
});
