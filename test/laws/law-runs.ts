/**
 * How many generated cases a law is tried on: 25 with `npm test`; `npm run test:slow` tries those of this folder on 1,000, and others
 * that cost more on a part of that.
 */
export const lawRuns = Number(process.env.LAW_RUNS ?? 25);
