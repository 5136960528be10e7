/** How many generated cases a law is tried on: 25 with `npm test`; `npm run test:slow` tries those of this folder and of test/faults on 1,000. */
export const lawRuns = Number(process.env.LAW_RUNS ?? 25);
