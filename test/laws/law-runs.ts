/** How many generated cases a law is tried on: 100 with `npm test`, 1,000 and more with `npm run test:slow`. */
export const lawRuns = Number(process.env.LAW_RUNS ?? 100);
