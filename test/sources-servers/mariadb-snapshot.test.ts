/** Snapshots of a real MariaDB. */

import { mariaDb } from "./mysql-servers.ts";
import { testSnapshots } from "./mysql-snapshots.ts";

testSnapshots(mariaDb);
