/**
 * Setup of every test file: the generated cases of a law are the same in each run, so that a change is judged by its
 * own effects. `LAW_SEED=2 npm test` generates others; `LAW_SEED=random` new ones each time, and a law that fails
 * prints its seed.
 */
import fc from "fast-check";

const seed = process.env.LAW_SEED ?? "1";
if (seed !== "random") {
  if (!/^-?\d{1,9}$/.test(seed)) throw new Error(`LAW_SEED is "random" or a whole number, not "${seed}"`);
  fc.configureGlobal({ seed: Number(seed) });
}
