import { expect, test } from "vitest";
import { columnNames } from "../../src/snapshot/column.ts";

test("names are in lower case, each once, and none is that of a partition, which readers would see in its place", () => {
  expect(columnNames(["Id", "id", "source", "Table", "dt", "hour", "_kept", "id__2"])).toEqual([
    "id",
    "id__2",
    "source__2",
    "table__2",
    "dt__2",
    "hour__2",
    "_kept__2",
    "id__2__2",
  ]);
});
