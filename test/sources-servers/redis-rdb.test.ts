/** RDB files of a real Redis. */

import { startRedis } from "./redis.ts";
import { testFiles } from "./redis-rdb-files.ts";

testFiles(startRedis);
