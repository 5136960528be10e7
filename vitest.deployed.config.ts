/** What needs another implementation of AWS on this machine: `npm run test:aws`, which installs it first. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/deployed/**/*.test.ts"],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: "forks",
    // Each file has an AWS and deployments of its own; two at once suit two cores.
    maxWorkers: 2,
  },
});
