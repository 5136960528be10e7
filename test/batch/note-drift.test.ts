/** What a run notes about the catalog: since when it is as it is, and since when each metric is counted. */
import { expect, test } from "vitest";
import { noteDrift } from "../../src/batch/note-drift.ts";
import { catalog as all } from "../../src/metrics/catalog.ts";
import type { RollupState } from "../../src/table/days/day-state.ts";

type Noted = NonNullable<RollupState["catalog"]>;
const today = "2026-03-10";
const clicks = all.filter(({ name }) => name === "clicks");
const both = all.filter(({ name }) => name === "clicks" || name === "visits");

/** What is noted after a run: what it recorded, or else what was there. */
async function run(
  catalog: typeof all,
  state: Pick<RollupState, "catalog" | "watermark">,
  day = today,
): Promise<Noted> {
  let noted = state.catalog ?? { hash: "", since: "none" };
  const ledger = {
    recordDrift: async () => {},
    recordCatalog: async (catalog: Noted) => {
      noted = catalog;
    },
  };
  const blocks = { get: async () => new Map() };
  await noteDrift([], { state, today: day }, { catalog, ledger, blocks, digests: async () => [], differs: () => {} });
  return noted;
}

const namesIn = (noted: Noted) => Object.fromEntries(noted.metrics ?? []);

test("the first run of a stage knows all metrics from the start", async () => {
  const noted = await run(both, {});
  expect([noted.since, namesIn(noted)]).toEqual(["", { clicks: "", visits: "" }]);
});

test("a metric that a run has not known before is counted since that day, and stays so", async () => {
  const first = await run(clicks, {});
  const noted = await run(both, { catalog: first });
  expect([noted.since, namesIn(noted)]).toEqual([today, { clicks: "", visits: today }]);
  expect(namesIn(await run([...both].reverse(), { catalog: noted }, "2026-03-11"))).toEqual(namesIn(noted));
});

test("metrics are noted as known where no run has noted any, whatever else the older release noted", async () => {
  expect(namesIn(await run(both, { watermark: "2026-03-09" }))).toEqual({ clicks: "", visits: "" });
  const { hash, since } = await run(both, { watermark: "2026-03-09" });
  const unchanged = await run(both, { catalog: { hash, since: "2026-03-01" } });
  expect([unchanged.since, namesIn(unchanged)]).toEqual(["2026-03-01", { clicks: "", visits: "" }]);
  const changed = await run(both, { catalog: { hash: "another", since } });
  expect([changed.since, namesIn(changed)]).toEqual([today, { clicks: "", visits: "" }]);
});

test("a metric that was removed and is back is new", async () => {
  const without = await run(clicks, { catalog: await run(both, {}) });
  expect(namesIn(without)).toEqual({ clicks: "" });
  expect(namesIn(await run(both, { catalog: without }))).toEqual({ clicks: "", visits: today });
});
