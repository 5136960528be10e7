/**
 * The gears of the tests: `npm run test:unit` runs the pure rooms in seconds; `npm test` those and all else that is quick;
 * `npm run test:slow`, which sets LAW_RUNS, more cases of each law, and what takes minutes
 * (`*.slow.test.ts`, and in files of both gears each `slowTest`: test/gears.ts).
 */
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

const isSlow = process.env.LAW_RUNS !== undefined;
const slow = "**/*.slow.test.ts";
// These need an AWS and databases: `npm run test:aws`, `npm run test:sources`.
const never = [...configDefaults.exclude, "test/deployed/**", "test/sources-servers/**"];

const pureRooms = [
  "test/*.test.ts",
  "test/{batch,collect,metrics,middleware,mutation,query,schemas,scripts,site,sources,stream,table}/**/*.test.ts",
  "test/{athena-queries,beacon,dashboard,tools}/**/*.test.ts",
];
/** In pure rooms, but answered by DuckDB, DynamoDB, a browser or a whole stage. */
const answeredByEngines = [
  "test/athena-queries/{daily-events,metric-history,metric-rollup,old-rollup,sql}.test.ts",
  "test/beacon/{addresses,bounds,clocks,delivery,elements,globals,guest,installed,nothing-lost,package,page-views,privacy,served,session,stored,visits}.test.ts",
  "test/dashboard/{live,page,states}.test.ts",
  "test/tools/import/main.test.ts",
  "test/table/{cached-history,time-zone,days/day-ledger}.test.ts",
  "test/openapi.test.ts",
];
const bothGears = globSync("test/**/*.test.ts").filter((file) => readFileSync(file, "utf8").includes('/gears.ts"'));
const unit = globSync(pureRooms, { exclude: [...answeredByEngines, slow] });

// A machine that is busy with something else makes a test slower, never wrong.
const patient = { testTimeout: 120_000, hookTimeout: 240_000, expect: { poll: { timeout: 30_000 } } };
const common = { ...patient, setupFiles: ["test/laws/drawn-cases.ts"] };
const sharedBrowser = { globalSetup: ["test/browser/shared.ts"] };
const lawsOfSql = "test/athena-queries/{daily-events,metric-history,metric-rollup}.test.ts";
const slowTests = [slow, lawsOfSql, "test/laws/**/*.test.ts", "test/faults/**/*.test.ts"];
/** They start engines, but leave nothing behind in their process: neither an environment nor a mock. */
const sharing = globSync("test/{local,aws,docs,infra}/**/*.test.ts", { exclude: [slow] });
const quickTests = { include: ["test/**/*.test.ts"], exclude: [...never, ...unit, ...sharing, slow] };
const projects = isSlow
  ? [
      { test: { ...common, name: "slow", include: slowTests } },
      { test: { ...common, ...sharedBrowser, name: "both gears", include: bothGears } },
    ]
  : [
      // Files that leave nothing behind share their modules.
      { test: { ...common, name: "unit", include: unit, isolate: false } },
      { test: { ...common, name: "services", include: sharing, isolate: false } },
      { test: { ...common, ...sharedBrowser, name: "engines", ...quickTests } },
    ];

export default defineConfig({
  test: {
    projects,
    pool: "forks",
    // A third of the time goes into waiting: for a page, a pause between attempts, a schedule.
    maxWorkers: availableParallelism() + 2,
  },
});
