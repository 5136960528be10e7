/**
 * Runs one history: clients send, the modelled Firehose delivers, batches seal, queries ask, all under injected faults,
 * and every answer is compared with the truth. At the end everything has settled, and the numbers, the counters and the
 * lake must be exact.
 */
import { randomUUID } from "node:crypto";
import type { FaultRule } from "../../local/faults.ts";
import { putRecords } from "../../src/aws/firehose.ts";
import { collect } from "../../src/collect/collect.ts";
import { CUSTOM, limitsOf } from "../../src/collect/may-send.ts";
import { breakdownName } from "../../src/metrics/define-metric.ts";
import { sumOf, toNumber } from "../../src/metrics/merge.ts";
import { addDays, DAY_MS } from "../../src/metrics/time-bucket.ts";
import { eventTypes } from "../../src/schemas/events/event.ts";
import { eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { createRandom, type Random } from "../../tools/random.ts";
import { presentOf } from "../aws/present-values.ts";
import { allQuestions, anyQuestion, check, Deviation, type Range } from "./check-numbers.ts";
import { type ClientRequest, idOf } from "./client-requests.ts";
import { startClock } from "./clock.ts";
import { createFaultCounts, type FaultCounts } from "./fault-counts.ts";
import { chooseRules, kindOf } from "./fault-rules.ts";
import type { Action, History } from "./history.ts";
import { createModelledFirehose } from "./modelled-firehose.ts";
import { catalog, type Engines, type Life, startStage } from "./stage.ts";
import { boundsOf, type Certainty, createTruth, type Instants, type MetricName } from "./truth.ts";

/** These apps may send anything: the limits of a key are not the histories' subject. */
const anything = limitsOf({ names: [...Object.keys(eventTypes), CUSTOM], maxAmount: Number.MAX_SAFE_INTEGER });

export type Outcome = { deviation: string | undefined; counts: FaultCounts; questions: number; events: number };

const HOUR_MS = 3_600_000;
type Try = { instants: Instants; userAgent: string };
const userAgents = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1",
  "",
];
const calmDown: Random = () => 0.999;
/** The lake's columns before these were added. */
const columnsBefore = Object.keys(eventColumns).filter((name) => !["is_copy", "language"].includes(name));

/** Runs a history to its end or its first deviation. Errors that are no deviation are thrown. */
export async function runHistory(engines: Engines, history: History): Promise<Outcome> {
  using clock = startClock(history.midnight - HOUR_MS);
  const counts = createFaultCounts();
  const outcome = { deviation: undefined as string | undefined, counts, questions: 0, events: 0 };
  let random: Random = createRandom(history.seed);
  const truth = createTruth(history.timezone);
  const firehose = createModelledFirehose({
    count: counts.add,
    transform: (records, calls) => stage.stream(calls === undefined ? undefined : { calls })({ records }),
  });
  const { timezone, fan, batchesAPage, valuesKept } = history;
  const onBounded = () => counts.add("folds in which values are no longer apart");
  const folds = { fan, onBounded, ...(valuesKept && { bounds: { keys: valuesKept, characters: 500_000 } }) };
  const options = { timezone, clock: clock.now, random: () => random(), firehose: firehose.service };
  await using stage = await startStage(engines, { ...options, folds, batchesAPage });
  const range: Range = { from: addDays(history.day, -30), to: addDays(history.day, 8) };
  const sentAt = new Map<number, number>();
  let rulesNow: FaultRule[] = [];

  const actions: Record<Action["kind"], (action: Action) => Promise<void>> = {
    send: async (action) => {
      if (action.kind !== "send") return;
      const request = history.requests[action.request];
      if (request !== undefined) await send(request, action);
    },
    transform: () => firehose.transform(),
    deliver: () => deliver(false),
    batch: runBatches,
    ask: async () => {
      await ask(anyQuestion(random));
    },
  };

  try {
    for (const action of history.actions) {
      clock.set(action.at);
      begin(action);
      await actions[action.kind](action);
      await end();
    }
    await settle();
  } catch (error) {
    if (!(error instanceof Deviation)) throw error;
    outcome.deviation = error.message;
    await stage.athenaIsIdle();
  }
  if (history.sleep !== undefined) counts.add("machine: sleeps for hours or days, and the batch runs at once");
  outcome.events = truth.events.size;
  counts.add(`scene: ${history.scene} (${history.timezone})`);
  return outcome;

  function begin({ seed, calm = false, kind }: Action): void {
    random = createRandom(seed);
    firehose.setFaults(random, calm);
    const rules = calm ? [] : chooseRules(random, kind === "batch" || kind === "ask");
    stage.faults.set(rules);
    rulesNow = rules;
  }

  async function end(): Promise<void> {
    for (const [point, { applied }] of Object.entries(stage.faults.report())) {
      const rule = rulesNow.find((one) => one.point === point);
      if (rule !== undefined) counts.add(kindOf(rule), applied);
    }
    stage.faults.set([]);
    rulesNow = [];
  }

  async function send(request: ClientRequest, action: Action & { kind: "send" }): Promise<void> {
    const known = sentAt.get(action.request);
    if (known !== undefined) counts.add(action.stale ? "client: sends again, unchanged" : "client: sends again");
    if (Math.abs(request.clockOff) > DAY_MS / 2) counts.add("client: clock is days off");
    const ids = new Set(request.events.map(({ event_id }) => event_id));
    if ([...truth.events.values()].some(({ app, event_id }) => app !== request.app && ids.has(event_id)))
      counts.add("client: takes the ids of another app's event");
    const now = clock.now();
    const sent = action.stale && known !== undefined ? known : now;
    sentAt.set(action.request, known ?? now);
    noteKinds(request, action.copies);
    // All at once: each copy has another time of sending, and comes from another browser.
    const tries = Array.from({ length: action.copies }, (_, i) => ({
      instants: { receivedAt: now, madeAt: sent, sentAt: sent + i * 700 },
      userAgent: userAgents[i % userAgents.length] ?? "",
    }));
    for (const { instants } of tries) truth.received(request, instants);
    await Promise.all(tries.map((one) => sendOnce(request, one)));
  }

  function noteKinds(request: ClientRequest, copies: number): void {
    if (copies > 1) counts.add("client: sends copies that differ at the same time");
    if (request.batch_id === undefined) return;
    const isOther = (one: ClientRequest) =>
      one !== request && one.app === request.app && one.batch_id === request.batch_id;
    if (history.requests.some(isOther)) counts.add("client: sends more, fewer or other events under a batch id");
    const minute = request.batch_id.slice(0, 13);
    if (history.requests.filter(({ batch_id }) => batch_id?.startsWith(minute)).length > 1)
      counts.add("client: chooses the minute of its ids");
    if (request.events.some(({ target }) => target.startsWith("new-")))
      counts.add("client: sends nothing but new values");
  }

  async function sendOnce(request: ClientRequest, { instants, userAgent }: Try): Promise<void> {
    const { receivedAt: now } = instants;
    const caller = { app: request.app, trusted: request.trusted, limits: anything };
    const collected = collect(
      {
        body: bodyOf(request, instants),
        caller,
        address: "203.0.113.9",
        userAgent,
        country: undefined,
        acceptLanguage: "",
      },
      {
        now,
        newId: randomUUID,
        timezone,
        visitorSalt: "salt",
        maxLatenessDays: 7,
        eventsStreams: ["events"],
      },
    );
    if (collected.answer.body.accepted !== request.events.length)
      throw new Deviation(`collect has refused events: ${JSON.stringify(collected.answer.body)}`);
    try {
      await putRecords(stage.firehoseClient, { stream: "events", records: collected.accepted, budgetMs: 300 });
      truth.acknowledge(request);
      counts.add("requests acknowledged");
    } catch {
      counts.add("requests not acknowledged (503)");
    }
  }

  async function deliver(all: boolean): Promise<void> {
    const results = firehose.takeForLake(all);
    for (const [day, some] of Map.groupBy(results, ({ metadata }) => metadata?.partitionKeys.dt ?? "none")) {
      const lines = some.map(({ data }) => Buffer.from(data, "base64").toString()).join("");
      await stage.putObject(day, lines, schemaOf(lines));
    }
  }

  /** Occasionally the writer's schema is an older one, without columns that none of these rows needs. */
  function schemaOf(lines: string): readonly string[] | undefined {
    if (random() > 0.1 || lines.includes("is_copy")) return undefined;
    counts.add("lake: object of an older schema");
    return columnsBefore;
  }

  async function runBatches(): Promise<void> {
    if (clock.now() > history.midnight + DAY_MS + (history.sleep?.ms ?? 0))
      counts.add("batch: run days later, and the clock goes back");
    const isTwice = random() < 0.3;
    const dies = random() < 0.3;
    const event = random() < 0.15 ? { rebuild: { from: addDays(history.day, -3), to: history.day } } : {};
    if (isTwice) counts.add("batch: two runs at once");
    if ("rebuild" in event) counts.add("batch: rebuild while queries ask");
    const lives: (Life | undefined)[] = [
      dies ? { calls: Math.floor(random() * 30) } : undefined,
      ...(isTwice ? [undefined] : []),
    ];
    if (dies) counts.add("batch: dies after k of its calls to AWS");
    let running = lives.length;
    const runs = lives.map((life) =>
      stage
        .batch(life)(event, { getRemainingTimeInMillis: () => (random() < 0.1 ? 60_000 : 900_000) })
        .then(
          ({ sealed }) => counts.add("days sealed", sealed.length),
          () => counts.add("batch runs that failed"),
        )
        .finally(() => {
          running--;
        }),
    );
    // Late events while their day is being sealed, and questions all the time.
    const late = random() < 0.4 ? firehose.transform() : undefined;
    if (late !== undefined) counts.add("late events during a seal");
    try {
      for (let asked = 0; running > 0 && asked < 4; asked++) await ask(anyQuestion(random));
    } finally {
      await Promise.all([...runs, late]);
      await stage.athenaIsIdle();
    }
  }

  async function ask(question: (typeof allQuestions)[number]): Promise<boolean> {
    const known = { events: truth.events.values(), certainty, valuesKept };
    const answered = await check(stage.query().metric, question, range, known);
    if (answered?.bounded_days !== undefined) counts.add("questions about values that are no longer apart");
    if (answered) outcome.questions++;
    else counts.add("questions refused loudly");
    return answered !== undefined;
  }

  /**
   * What is known about each event: it is counted when every batch that was begun with a copy of it has ended. While
   * all of these were marked as copies, the one that counts may still be waiting.
   */
  function certainty(): Certainty {
    const waiting = new Set<string>();
    const running = new Set<string>();
    const done = new Set<string>();
    const counted = new Set<string>();
    for (const batch of firehose.batches()) {
      const isAt = batch.isDone ? done : batch.attempted ? running : waiting;
      for (const id of batch.eventIds) isAt.add(id);
      for (const id of batch.counted) counted.add(id);
    }
    return (id) => {
      if (running.has(id)) return "perhaps";
      if (!done.has(id)) return "out";
      return counted.has(id) || !waiting.has(id) ? "in" : "perhaps";
    };
  }

  async function settle(): Promise<void> {
    random = calmDown;
    firehose.setFaults(random, true);
    await firehose.transform({ all: true });
    await deliver(true);
    expectAllTaken();
    for (const question of allQuestions.slice(0, 2)) await ask(question);
    // Later than any batch run that has died: what it reserved stays reserved for a while. And when the last day has
    // settled, which may have 25 hours.
    const last = Math.max(...history.actions.map(({ at }) => at));
    clock.set(Math.max(history.midnight + 2 * DAY_MS + (history.sleep?.ms ?? 0), last + DAY_MS + 2 * HOUR_MS));
    for (let runs = 1; ; runs++) {
      const { waiting, failed } = await stage.batch()({}, { getRemainingTimeInMillis: () => 900_000 });
      if (waiting.length + failed.length === 0) break;
      if (runs > 5) throw new Deviation(`days are not sealed after ${runs} runs: ${[...waiting, ...failed]}`);
    }
    const state = await stage.ledger.readState();
    if (state.open.size > 0) throw new Deviation(`days stay open: ${[...state.open.keys()]}`);
    for (const question of allQuestions)
      if (!(await ask(question))) throw new Deviation(`${question.metric} is refused although nothing fails any more`);
    await checkBlocks();
    await checkLake();
    await checkSources();
  }

  function expectAllTaken(): void {
    const taken = new Set(firehose.batches().flatMap(({ eventIds }) => eventIds));
    for (const [id, { acknowledged }] of truth.events)
      if (acknowledged && !taken.has(id)) throw new Deviation(`event ${id} was acknowledged and is lost`);
  }

  /** Sealed or not, the blocks of all days are true; distinct counts are checked by the questions. */
  async function checkBlocks(): Promise<void> {
    const known = certainty();
    for (const metric of catalog) {
      if (metric.value.kind === "distinct") continue;
      const name = metric.name as MetricName;
      const breakdown = breakdownName(metric.breakdowns[0] ?? []);
      const days = await Promise.all(
        daysSeen().map(async (day) => sumOf(await presentOf(stage.store, day, { metric: name, breakdown }))),
      );
      const total = Number(days.reduce<bigint>((sum, day) => sum + toNumber(day), 0n));
      const { least, most } = boundsOf(truth.events.values(), name, (event) => known(idOf(event)));
      if (total < least || total > most) throw new Deviation(`blocks of ${name} are ${total}, true is ${least}`);
    }
  }

  function daysSeen(): string[] {
    return [...new Set([...truth.events.values()].flatMap(({ days }) => [...days]))].sort();
  }

  /** Each event is in the lake on a single day, once except for copies that are marked as such. */
  async function checkLake(): Promise<void> {
    const rows = Map.groupBy(await stage.lakeRows(), idOf);
    const known = certainty();
    for (const event of truth.events.values()) {
      const own = rows.get(idOf(event)) ?? [];
      const isIn = known(idOf(event)) === "in";
      const originals = own.filter(({ is_copy }) => !is_copy);
      if (originals.length !== (isIn ? 1 : 0))
        throw new Deviation(`event ${event.event_id} has ${originals.length} rows in the lake that are no copies`);
      const strange = own.find(({ dt }) => !event.days.has(dt));
      if (strange)
        throw new Deviation(`event ${event.event_id} is in the lake on ${strange.dt}, not ${[...event.days]}`);
    }
    const unknown = [...rows.keys()].find((id) => !truth.events.has(id));
    if (unknown !== undefined) throw new Deviation(`event ${unknown} is in the lake, and nobody has sent it`);
  }

  /** On each day, the sources have as many rows together as the lake has rows that are no copies. */
  async function checkSources(): Promise<void> {
    const rows = (await stage.lakeRows()).filter(({ is_copy }) => !is_copy);
    const [from = "", to = ""] = [daysSeen()[0], daysSeen().at(-1)];
    for (const { day, sources = [] } of await stage.ledger.readDays(from, to)) {
      const counted = sources.reduce((sum, source) => sum + source.rows, 0);
      const stored = rows.filter(({ dt }) => dt === day).length;
      if (counted !== stored) throw new Deviation(`the sources of ${day} have ${counted} rows, the lake has ${stored}`);
    }
  }
}

function bodyOf(request: ClientRequest, { sentAt, madeAt }: Instants): string {
  const { batch_id, saysSentAt, clockOff, events } = request;
  const iso = (time: number) => new Date(time).toISOString();
  return JSON.stringify({
    ...(batch_id === undefined ? {} : { batch_id }),
    ...(saysSentAt ? { sent_at: iso(sentAt + clockOff) } : {}),
    events: events.map(({ age, ...event }) => ({
      ...event,
      ...(age === undefined ? {} : { occurred_at: iso(madeAt - age + clockOff) }),
    })),
  });
}
