/** What each type of MySQL becomes. */
import { describe } from "vitest";
import { mySql } from "./mysql-servers.ts";
import { type TypeCase, testTypes } from "./mysql-types.ts";

const cases: TypeCase[] = [
  // It is stored as a binary form, which has the last of two equal names, and its own order.
  [
    "json",
    "VARCHAR",
    [
      [
        `'{"nn": 9007199254740993, "n": 1, "n": "한국 🙂 \\\\" \\\\t", "d": 1.10}'`,
        `{"d": 1.1, "n": "한국 🙂 \\" \\t", "nn": 9007199254740993}`,
      ],
      [`'null'`, "null"],
      [`CAST(18446744073709551615 AS json)`, "18446744073709551615"],
    ],
  ],
  // The latitude is first in this system's texts; stored, as in all of them, the longitude is.
  ["geometry", "BLOB", [["ST_GeomFromText('POINT(1 2)', 4326)", "0101000020E61000000000000000000040000000000000F03F"]]],
  [
    "point srid 4326",
    "BLOB",
    [["ST_GeomFromText('POINT(1 2)', 4326)", "0101000020E61000000000000000000040000000000000F03F"]],
  ],
  ["vector(3)", "DOUBLE[]", [["string_to_vector('[1, -0.5, 1e10]')", "[1.0, -0.5, 10000000000.0]"]]],
];

describe("types of MySQL", () => testTypes(mySql, cases));
