/**
 * Reports damage to the files of a delivery stream: one trouble for each location, for as long as the process lives.
 */
import { type Damage, describeDamage } from "../../record-log/record-damage.ts";
import type { Troubles } from "../../troubles.ts";

export type DamageReport = {
  /** Whether nothing has been reported yet. */
  readonly isEmpty: boolean;
  /** Damage to the log or the journal. */
  tellOfLog(damage: Damage): void;
  tellOfPart(path: string): void;
  /** The log ends before records that were cut from it: its end is lost, or the home was copied while in use. */
  tellOfShortLog(bytes: number): void;
};

export function createDamageReport(stream: string, troubles: Troubles): DamageReport {
  let isEmpty = true;
  const tell = (place: string, summary: string, detail: string): void => {
    isEmpty = false;
    troubles.set(place, { kind: "damage", summary, detail: `Delivery stream ${stream}: ${detail}` });
  };
  const waiting = `Of what waits for delivery to ${stream}`;
  return {
    get isEmpty() {
      return isEmpty;
    },
    tellOfLog(damage) {
      const what = damage.isTail ? "at the end are not whole" : "are damaged";
      const summary = `${waiting} ${damage.size} bytes ${what}; the log says where`;
      tell(`damage ${damage.file} ${damage.offset}`, summary, describeDamage(damage));
    },
    tellOfPart(path) {
      const summary = `${waiting} a file is damaged; its whole records are delivered, the others are with its errors`;
      const detail = `${path} is damaged; what is whole of it is delivered, the rest is under format-conversion-failed`;
      tell(`damage ${path}`, summary, detail);
    },
    tellOfShortLog(bytes) {
      const detail = `the log of its records ends ${bytes} bytes before what was taken from it: batches in between are gone, unless they were transformed`;
      tell(`short log ${stream}`, `The log of ${stream} lacks ${bytes} bytes`, detail);
    },
  };
}
