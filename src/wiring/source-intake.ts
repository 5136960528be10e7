/** What the functions do that AWS invokes with what a source has brought. What cannot be taken now fails the invocation, and all of it comes again. */
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
