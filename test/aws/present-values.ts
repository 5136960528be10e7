/** The content of the visible blocks of days, read as the query function does. */

import type { Value } from "../../src/metrics/merge.ts";
import { createPresent } from "../../src/query/present/present.ts";
import { createOldCounters } from "../../src/table/blocks/old-counters.ts";
import { createBlocks } from "../../src/table/blocks/stored-blocks.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import type { Table } from "../../src/table/table.ts";

type Wanted = { metric: string; breakdown: string; isDistinct?: boolean };

/** A day's values by key. */
export async function presentOf(store: Table, day: string, wanted: Wanted): Promise<Map<string, Value>> {
  const days = await createDayLedger(store).getDays([day]);
  const found = await present(store).days([...days.values()], { isDistinct: false, ...wanted });
  return found.get(day) ?? new Map();
}

/** A metric's live minutes, by minute and unit. */
export async function presentMinutes(store: Table, day: string, metric: string) {
  const days = await createDayLedger(store).getDays([day]);
  return await present(store).minutes([...days.values()], { metric, isDistinct: false, from: "0", to: "9" });
}

function present(store: Table) {
  return createPresent({ blocks: createBlocks(store), old: createOldCounters(store), cacheBytes: 1e6 });
}
