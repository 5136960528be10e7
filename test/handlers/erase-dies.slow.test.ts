/**
 * An erasure that dies at any of its calls: after it is repeated, the person is out of the lake, and no number is wrong
 * at any time.
 */
import { describe, expect, test } from "vitest";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { dailyVisitors, faultAt, files, takeThree, visitors } from "./person-rows.ts";
import { at, clicksOf, day, item, stage, useStage } from "./stage-days.ts";

useStage();

describe("an erasure that dies", () => {
  const steps = ["CopyObject", "DeleteObjects", "PutObject", "UpdateItem"];
  const kills = [
    ...steps.flatMap((operation) => [0, 1, 2, 3, 4, 5].map((skip) => ({ operation, skip }))),
    ...[6, 7, 8, 9, 10].map((skip) => ({ operation: "UpdateItem", skip })),
    ...["before", "after"].flatMap((when) => [0, 1].map((skip) => ({ operation: `alter.${when}`, skip }))),
  ];

  test.each(kills)("at its $operation after $skip others is carried out when it is repeated, exactly", async (kill) => {
    await takeThree();
    at(`${addDays(day, 1)}T00:20`);
    await stage.batch();
    stage.faults.set([faultAt(kill)]);
    await stage.batch({ erase: { visitor_id: "p" } }).catch(() => {});
    stage.faults.set([]);
    // Whatever it left behind, the number is right.
    expect(await clicksOf()).toEqual([7, 7, 0]);
    at(`${addDays(day, 1)}T00:35`); // when its run is over, had it lived
    expect(await stage.batch({ erase: { visitor_id: "p" } })).toMatchObject({ complete: true });
    expect([await visitors(), await dailyVisitors()]).toEqual([
      ["a", "b", "c", "d"],
      ["a", "b", "c", "d"],
    ]);
    expect(await item()).toMatchObject({ seen: 4, sealedRows: 4, erasedRows: 3 });
    expect((await item())?.erasingAt).toBeUndefined();
    expect([await files("erase/plans"), await clicksOf()]).toEqual([[], [7, 7, 0]]);
  });
});
