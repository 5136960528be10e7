/** How many generated cases a law is tried on: a few hundred with `npm test`, 1,000 and more with `npm run test:slow`. */
export const lawRuns = Number(process.env.LAW_RUNS ?? 150);
