/**
 * Setup of mutation testing: a mutant must be killed by the same generated cases in every run, and by not too many of
 * them.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: 1, numRuns: 50 });
