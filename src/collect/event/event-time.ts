/**
 * When an event happened. A client's clock may be wrong by years, but the time between two readings of it is right: so what
 * the client says is moved by what its clock was off when it sent the request.
 */
import { DAY_MS } from "../../metrics/time-bucket.ts";

export type Clock = {
  /** All in epoch ms; `sentAt` is the client's own clock, where it said so. */
  receivedAt: number;
  sentAt: number | undefined;
  /** Without end for servers and imports, which may send any past time. */
  maxLatenessDays: number;
};

/** When an event counts as having occurred, in epoch ms. A time that cannot be (the future, or too late) is the time of receipt. */
export function eventTime(occurredAt: number | undefined, clock: Clock): number {
  if (occurredAt === undefined) return clock.receivedAt;
  const occurred = clock.sentAt === undefined ? occurredAt : occurredAt + (clock.receivedAt - clock.sentAt);
  if (occurred > clock.receivedAt) return clock.receivedAt;
  const isTooLate = clock.receivedAt - occurred > clock.maxLatenessDays * DAY_MS;
  return isTooLate ? clock.receivedAt : occurred;
}
