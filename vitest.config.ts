import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

// `npm run test:slow` asks for more cases of each law, and for what takes minutes.
const isSlow = process.env.LAW_RUNS !== undefined;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/laws/drawn-cases.ts"],
    // test/deployed needs an AWS: `npm run test:aws`.
    exclude: [...configDefaults.exclude, "test/deployed/**", ...(isSlow ? [] : ["**/*.slow.test.ts"])],
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    hookTimeout: 120_000,
    pool: "forks",
    // A third of the time goes into waiting: for a page, a pause between attempts, a schedule.
    maxWorkers: availableParallelism() + 2,
  },
});
