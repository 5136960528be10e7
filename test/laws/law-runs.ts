/**
 * How many generated cases a law is tried on: 10 with `npm test`; `npm run test:slow` tries those of this folder on
 * 1,000, and more expensive ones on fewer.
 */
export const lawRuns = Number(process.env.LAW_RUNS ?? 10);
/** For a law whose case takes seconds: 3, and 32 in the slow tests. */
export const dearLawRuns = Math.round(Math.sqrt(lawRuns));
