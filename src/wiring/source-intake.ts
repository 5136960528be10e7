/**
 * What functions do that AWS invokes with the data of a source. If anything cannot be taken now, the invocation fails
 * and is repeated as a whole.
 */
import { createDelivery } from "../collect/deliver.ts";
import { createIntake } from "../collect/logs/take-batches.ts";
import { sourceConfig } from "../config.ts";
import { requireSameZone } from "../table/time-zone.ts";
import { collectOptions } from "./collect-options.ts";

export function sourceIntake() {
  const options = collectOptions(sourceConfig());
  return createIntake({
    config: options,
    readSalt: options.visitorSalt.read,
    requireZone: async () => requireSameZone(options.timezone, await options.tableZone.read(), "take events"),
    deliver: createDelivery(options).deliver,
    clock: options.clock,
    newId: options.newId,
  });
}
