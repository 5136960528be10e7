/** Snapshots of a real Redis. */

import { startRedis } from "./redis.ts";
import { testSnapshots } from "./redis-snapshots.ts";

testSnapshots(startRedis, ["-1.0000000000000001e+300", "0.10000000000000001", '"inf"']);
