/**
 * The truth, from the clients' side alone: which events there are, on which day each belongs, and what every number
 * must be. It shares no code with what it judges, except the sketch's arithmetic.
 */

import { keyedCoordinates, readVisitorSecret } from "../../src/collect/visitor/visitor-secret.ts";
import { estimate, type Sketch } from "../../src/metrics/distinct-sketch.ts";
import { type ClientEvent, type ClientRequest, idOf } from "./client-requests.ts";

/** An event that may be counted: `days` has one day for each instant at which a copy of its request was received. */
export type TrueEvent = ClientEvent & { app: string; days: Set<string>; acknowledged: boolean };
/** The minimum and maximum of a number: equal if nothing is under way. */
export type Bounds = { least: number; most: number };
/** Whether an event is certainly counted, certainly not, or on its way. */
export type Certainty = (id: string) => "in" | "out" | "perhaps";

const DAY_MS = 86_400_000;
const MAX_LATENESS_MS = 7 * DAY_MS;

export type Truth = ReturnType<typeof createTruth>;

export function createTruth(timezone: string) {
  const events = new Map<string, TrueEvent>();
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: timezone });
  return {
    events,
    /** Records that a request was received; its events count from now on if they reach the stream. */
    received(request: ClientRequest, instants: Instants): void {
      for (const event of request.events) {
        const known = events.get(idOf({ ...event, app: request.app })) ?? {
          ...event,
          app: request.app,
          days: new Set(),
          acknowledged: false,
        };
        known.days.add(format.format(occurredAt(event, request, instants)));
        events.set(idOf(known), known);
      }
    },
    acknowledge(request: ClientRequest): void {
      for (const { event_id } of request.events) {
        const event = events.get(idOf({ app: request.app, event_id }));
        if (event !== undefined) event.acknowledged = true;
      }
    },
  };
}

/** By our clock: `madeAt` is when a client's event ages begin, `sentAt` when it says it sent them. */
export type Instants = { receivedAt: number; sentAt: number; madeAt: number };

/**
 * DESIGN: the client's clock is corrected by its stated time of sending; the future, and a page's far past, become now.
 */
function occurredAt(event: ClientEvent, request: ClientRequest, { receivedAt, sentAt, madeAt }: Instants): number {
  if (event.age === undefined) return receivedAt;
  const said = madeAt - event.age + request.clockOff;
  const occurred = request.saysSentAt ? said + receivedAt - (sentAt + request.clockOff) : said;
  if (occurred > receivedAt) return receivedAt;
  return receivedAt - occurred > MAX_LATENESS_MS && !request.trusted ? receivedAt : occurred;
}

/** The events that a metric takes, and what each adds. */
export const measures = {
  clicks: { takes: ({ name }) => name === "click", kind: "sum", of: () => 1 },
  revenue: { takes: ({ name }) => name === "payment", kind: "sum", of: ({ amount = 0 }) => amount },
  visitors: { takes: () => true, kind: "distinct", of: () => 1 },
} satisfies Record<string, Measure>;
type Measure = {
  takes: (event: TrueEvent) => boolean;
  kind: "sum" | "distinct";
  of: (event: TrueEvent) => number;
};
export type MetricName = keyof typeof measures;

/** The possible values of a metric over some events; those of which `select` is unsure ("perhaps") widen the range. */
export function boundsOf(
  events: Iterable<TrueEvent>,
  name: MetricName,
  select: (event: TrueEvent) => ReturnType<Certainty>,
): Bounds {
  const { takes, kind, of }: Measure = measures[name];
  const taken = [...events].filter(takes);
  const sure = taken.filter((event) => select(event) === "in");
  const perhaps = taken.filter((event) => select(event) === "perhaps");
  if (kind === "distinct") return { least: distinct(sure), most: distinct([...sure, ...perhaps]) };
  const sum = (some: TrueEvent[]) => some.reduce((total, event) => total + of(event), 0);
  const exact = sum(sure);
  return {
    least: exact + sum(perhaps.filter((event) => of(event) < 0)),
    most: exact + sum(perhaps.filter((event) => of(event) > 0)),
  };
}

/** Exactly the estimate that both layers must give: it is a function of the set. */
export function distinct(events: readonly { visitor_id: string }[], secret = "salt"): number {
  const sketch: Sketch = new Map();
  for (const { visitor_id } of events) {
    const { register, rank } = keyedCoordinates(readVisitorSecret(secret).sketch, visitor_id);
    sketch.set(register, Math.max(rank, sketch.get(register) ?? 0));
  }
  return estimate(sketch);
}
