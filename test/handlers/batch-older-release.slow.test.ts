/** Rollups left behind by a release that did not pack sketches. */
import { expect, test } from "vitest";
import { at, clicks, clicksOf, day, next, stage, useStage } from "./stage-days.ts";

useStage();

const rollupIn = (of: string) => stage.sql(`select metric from rollups where dt = '${of}' limit 1`);

/** Puts a day's rollup into the form before sketches were packed, as an older release left it. */
async function makeOld(of: string) {
  const folder = `s3://daymark-test-lake/rollups/dt=${of}/run=old/`;
  await stage.sql(`UNLOAD (
    select metric, dimensions, keys, cast(null as int) as register, value, amount, cast(null as varchar) as day
    from rollups where dt = '${of}' and sketch is null and events > 0
    union all
    select metric, dimensions, keys, cast(word / 18014398509481984 * 9 + place as int), mod(word / cast(power(64, place) as bigint), 64),
      cast(null as decimal(38, 0)), cast(null as varchar)
    from rollups cross join unnest(sketch) as words (word) cross join unnest(sequence(0, 8)) as places (place)
    where dt = '${of}' and mod(word / cast(power(64, place) as bigint), 64) > 0
  ) TO '${folder}' WITH (format = 'PARQUET', compression = 'SNAPPY')`);
  await stage.sql(`ALTER TABLE rollups PARTITION (dt = '${of}') SET LOCATION '${folder}'`);
  await stage.sql(`ALTER TABLE daily_events DROP PARTITION (dt = '${of}')`);
  await stage.forget(of);
}

const numbersOf = async () => {
  const path = `from=${day}&to=${day}`;
  const one = (await stage.get(`/v1/metrics/visitors?${path}&by=country&interval=day`)).body;
  return [(await clicksOf())[1], one.history, one.groups, one.series];
};

test.each(["with", "without"])(
  "a day that an older release has sealed answers at once, and is rolled up again %s its events",
  async (events) => {
    await stage.take(clicks(3, { visitor_id: "v1", country: "KR" }), clicks(1, { visitor_id: "v2", country: "US" }));
    at(`${next()}T00:20`);
    await stage.batch();
    const before = await numbersOf();
    expect(before[1]).toBeGreaterThan(1);
    await makeOld(day);
    await stage.ledger.bumpVersion(day);
    if (events === "without") await stage.expireEvents(day);
    expect(await numbersOf()).toEqual(before);
    expect((await stage.batch()).sealed).toEqual([day]);
    expect(await numbersOf()).toEqual(before);
    const [old] = await stage.sql(
      `select count(register) as registers, count(sketch) as sketches from rollups where dt = '${day}'`,
    );
    expect(old?.registers).toBe("0");
    expect(Number(old?.sketches)).toBeGreaterThan(0);
    expect((await stage.batch()).sealed).toEqual([]);
    expect((await stage.ledger.readState()).hasNewRollups).toBe(true);
    expect((await rollupIn(day)).length).toBe(1);
  },
);
