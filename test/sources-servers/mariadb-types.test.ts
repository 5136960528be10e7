/** What each type of MariaDB becomes. */
import { describe } from "vitest";
import { newestMariaDbProgram } from "./mariadb.ts";
import { mariaDb, newestMariaDb } from "./mysql-servers.ts";
import { type TypeCase, testTypes } from "./mysql-types.ts";

const cases: TypeCase[] = [
  ["json", "VARCHAR", [[`'{"n": 9007199254740993, "n": 1}'`, `{"n": 9007199254740993, "n": 1}`]]],
  // It does not ask what the system of coordinates says about their order.
  ["geometry", "BLOB", [["ST_GeomFromText('POINT(1 2)', 4326)", "0101000020E6100000000000000000F03F0000000000000040"]]],
  ["uuid", "VARCHAR", [["'0198f2f4-8c00-7aaa-8bbb-0123456789ab'", "0198f2f4-8c00-7aaa-8bbb-0123456789ab"]]],
  ["inet6", "VARCHAR", [["'::1'", "::1"]]],
];

describe("types of MariaDB", () => testTypes(mariaDb, cases));

const newest: TypeCase[] = [
  ...cases,
  ["inet4", "VARCHAR", [["'10.0.0.1'", "10.0.0.1"]]],
  ["vector(3)", "DOUBLE[]", [["vec_fromtext('[1, -0.5, 1e10]')", "[1.0, -0.5, 10000000000.0]"]]],
];
const program = await newestMariaDbProgram();

describe.skipIf(program === undefined)("types of the newest MariaDB", () => testTypes(newestMariaDb, newest));
