/** Snapshots of a real Valkey, which prints scores in the fewest digits that mean the same number. */

import { startValkey } from "./redis.ts";
import { testSnapshots } from "./redis-snapshots.ts";

testSnapshots(startValkey, ["-1e+300", "0.1", '"inf"']);
