/**
 * What functions do that AWS invokes with the data of a source. If anything cannot be taken now, the invocation fails
 * and is repeated as a whole.
 */
import { createDelivery } from "../collect/deliver.ts";
import { createIntake } from "../collect/logs/take-batches.ts";
import { sourceConfig } from "../config.ts";
import type { SourceName } from "../schemas/event-source.ts";
import { requireSameZone } from "../table/time-zone.ts";
import { collectOptions } from "./collect-options.ts";

export function sourceIntake(source: SourceName) {
  const options = collectOptions(sourceConfig());
  return createIntake({
    source,
    config: options,
    readSalt: options.visitorSalt.read,
    requireZone: async () => requireSameZone(options.timezone, await options.tableZone.read(), "take events"),
    deliver: createDelivery(options).deliver,
    clock: options.clock,
    newId: options.newId,
  });
}
