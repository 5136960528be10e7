/**
 * When an event happened. A client's clock may be years off, but the time between two readings of it is right. So the
 * client's times are shifted by how far its clock was off when it sent the request.
 */
import { DAY_MS } from "../../metrics/time-bucket.ts";

export type Clock = {
  /** All in epoch ms; `sentAt` is by the client's own clock, if it was sent. */
  receivedAt: number;
  sentAt: number | undefined;
  /** Infinite for servers and imports, which may send any past time. */
  maxLatenessDays: number;
};

/**
 * When an event counts as having occurred, in epoch ms. An impossible time (in the future, or too late) becomes the
 * time of receipt.
 */
export function eventTime(occurredAt: number | undefined, clock: Clock): number {
  if (occurredAt === undefined) return clock.receivedAt;
  const occurred = clock.sentAt === undefined ? occurredAt : occurredAt + (clock.receivedAt - clock.sentAt);
  if (occurred > clock.receivedAt) return clock.receivedAt;
  const isTooLate = clock.receivedAt - occurred > clock.maxLatenessDays * DAY_MS;
  return isTooLate ? clock.receivedAt : occurred;
}
