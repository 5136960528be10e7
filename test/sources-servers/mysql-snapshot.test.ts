/** Snapshots of a real MySQL. */

import { mySql } from "./mysql-servers.ts";
import { testSnapshots } from "./mysql-snapshots.ts";

testSnapshots(mySql);
