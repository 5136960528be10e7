/** Lambda behind the reading routes: metrics, live minutes and the pipeline's status, for those who know the read token. */
import { AthenaClient } from "@aws-sdk/client-athena";
import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { type HistoryRow, historyKey, historyRow, metricHistory } from "../athena-queries/metric-history.ts";
import { placedDays } from "../athena-queries/placed-days.ts";
import { AthenaQueryError, createAthena } from "../aws/athena.ts";
import { createAnswers } from "../aws/dynamodb/answers.ts";
import { createBlocks } from "../aws/dynamodb/blocks.ts";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createDayLedger, type DayLedger } from "../aws/dynamodb/day-ledger.ts";
import { createOldCounters } from "../aws/dynamodb/old-counters.ts";
import { createRejectedSamples, type RejectedSamples } from "../aws/dynamodb/rejected-samples.ts";
import { createSealedDays, type SealedDays } from "../aws/dynamodb/sealed-days.ts";
import { createTableZone } from "../aws/dynamodb/table-zone.ts";
import { createKeptQueries, type KeptQueries } from "../aws/kept-queries.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { queryConfig } from "../config.ts";
import { HttpError, UnavailableError } from "../errors.ts";
import { withInvocation } from "../invocation.ts";
import { log, metric } from "../log.ts";
import { REFUSED_SET, REJECTED } from "../metrics/block.ts";
import { catalog } from "../metrics/catalog.ts";
import { type Metric, setName } from "../metrics/define-metric.ts";
import { addDays, dayOf } from "../metrics/time-bucket.ts";
import { httpErrors } from "../middleware/http-errors.ts";
import { jsonAnswer } from "../middleware/json-answer.ts";
import { readToken } from "../middleware/read-token.ts";
import { answerQuestion, type Readers } from "../query/answer-question.ts";
import { lastMinutes, toLiveAnswer } from "../query/live.ts";
import { createPresent, type Present } from "../query/present.ts";
import { keyAsked } from "../query/query.ts";
import { type Question, readLiveQuestion, readQuestion } from "../query/question.ts";
import { sampledReasons, toMetrics, toStatus } from "../query/status.ts";
import type { LiveAnswer, MetricAnswer, MetricsAnswer, StatusAnswer } from "../schemas/api/answer.ts";
import { sampleKey } from "../table/rejected-samples.ts";
import { requireSameZone } from "../table/time-zone.ts";

type Options = {
  present: Present;
  ledger: Pick<DayLedger, "readState" | "readDays" | "getDays" | "getJoints">;
  sealedDays: Pick<SealedDays, "read">;
  history: KeptQueries<HistoryRow>;
  samples: Pick<RejectedSamples, "read">;
  catalog: readonly Metric[];
  timezone: string;
  clock: () => number;
};
/** A question as it comes: the metric's name from the path, the query string as it is. */
type Request = { metric: string; query: string };

/** Blocks of some open days, unpacked. */
const REMEMBERED_BYTES = 100_000_000;
const MINUTE_MS = 60_000;
const STATUS_DAYS = 30;
const REJECTED_DAYS = 7;
/** Open days that a starting function reads, the newest. */
const WARM_DAYS = 200;
/** API Gateway gives up after 30 seconds. */
const PATIENCE_MS = 25_000;

/** The answers to the four routes. `metric` resolves to undefined while Athena is still at the question. */
export function createQuery({ present, ledger, sealedDays, history, samples, catalog, timezone, clock }: Options) {
  const todayAt = (now: number) => dayOf(now, timezone);
  /** A day is added before the version goes up. */
  let sealed: { version: number; days: ReadonlySet<string> } | undefined;

  const readers = (until: number): Readers => ({
    state: ledger.readState,
    ledgerDays: ledger.getDays,
    joints: ledger.getJoints,
    present: (days, question, partial) => present.days(days, wantedBy(question), partial),
    history: (question, version) =>
      history({ key: historyKey(question, version), query: () => metricHistory(question) }, until).catch(explain),
    forget: (question, version) => history.forget(historyKey(question, version)),
    sealedDays: async (version) => {
      if (sealed === undefined || sealed.version < version) sealed = { version, days: await sealedDays.read() };
      return sealed.days;
    },
    placedDays: async (range) => {
      // Asked for when something is missing: a minute later it may be there.
      const key = JSON.stringify(["placed days", range, Math.floor(clock() / MINUTE_MS)]);
      const rows = await history({ key, query: () => placedDays(range) }, until).catch(explain);
      return rows && new Set(rows.flatMap(({ dt }) => dt ?? []));
    },
  });

  return {
    /**
     * Reads some open days for nobody while the function starts, when Lambda gives it a whole CPU: whoever asks first then finds code
     * that is compiled, and open connections. Never rejects: what is wrong, the first question says.
     */
    async warmUp(): Promise<void> {
      try {
        const { open } = await ledger.readState();
        const days = await ledger.getDays([...open.keys()].sort().slice(-WARM_DAYS));
        await present.days([...days.values()], { metric: "events", set: "app", isDistinct: false });
      } catch (error) {
        log.debug("Cannot warm up", { error });
      }
    },

    metrics: async (): Promise<MetricsAnswer> => toMetrics(catalog),

    async metric(request: Request): Promise<MetricAnswer | undefined> {
      const now = clock();
      const today = todayAt(now);
      return answerQuestion(readQuestion(request, catalog, today), readers(now + PATIENCE_MS), {
        now,
        today,
        timezone,
      });
    },

    async live(request: Request): Promise<LiveAnswer> {
      const question = readLiveQuestion(request, catalog);
      const minutes = lastMinutes(clock(), question.minutes, timezone);
      const [from = "", to = ""] = [minutes.toSorted()[0], minutes.toSorted().at(-1)];
      const days = await ledger.getDays([...new Set(minutes.map((minute) => minute.slice(0, 10)))]);
      const { name: metric, value } = question.metric;
      const wanted = { metric, isDistinct: value.kind === "distinct", from, to };
      return toLiveAnswer(question, minutes, await present.minutes([...days.values()], wanted), timezone);
    },

    async status(): Promise<StatusAnswer> {
      const today = todayAt(clock());
      const [state, days] = await Promise.all([
        ledger.readState(),
        ledger.readDays(addDays(today, 1 - STATUS_DAYS), addDays(today, 1)),
      ]);
      const last = days.filter(({ day }) => day > addDays(today, -REJECTED_DAYS) && day <= today);
      const rejected = await present.days(last, { metric: REJECTED, set: "reason", isDistinct: false });
      const refused = await present.days(last, { metric: REJECTED, set: REFUSED_SET, isDistinct: false });
      const bounded = await present.bounded(days.filter(({ day }) => state.open.has(day)));
      const shown = await samples.read(sampledReasons(rejected).map(sampleKey));
      return toStatus({ state, days, rejected, refused, bounded, samples: shown, today, timezone });
    },
  };
}

function wantedBy(question: Question) {
  const { metric, set } = question;
  const isDistinct = metric.value.kind === "distinct";
  const total = setName(metric.sets[0] ?? []);
  return { metric: metric.name, set: setName(set), isDistinct, key: keyAsked(question), total };
}

/** A query that failed is our trouble, not the caller's; a repeated question starts it anew. */
function explain(cause: unknown): never {
  if (!(cause instanceof AthenaQueryError))
    throw new UnavailableError("Cannot ask Athena for sealed days", { retryAfterSeconds: 5, cause });
  metric("QueryFailed");
  log.error("Cannot read sealed days", { error: cause });
  throw new HttpError(502, "Cannot answer: the query of sealed days failed; ask again", { cause });
}

const config = queryConfig();
const token = createSecret({
  client: createSecretsManagerClient(),
  id: config.readTokenSecret,
  clock: () => Date.now(),
});
const clock = () => Date.now();
const store = { client: createDynamoDbClient(), table: config.table };
const tableZone = createTableZone({ ...store, timezone: config.timezone, clock });
// Asked for right away, as the token is: the first request then finds an open connection to the table too.
void tableZone.read();
const answers = createFromEnvironment();
void answers.warmUp();

const running = {
  status: "running",
  message: "The question goes on in the background: ask it again after the seconds that retry-after says",
};

const routes: Record<string, (request: Request) => Promise<object | undefined>> = {
  "GET /v1/metrics": answers.metrics,
  "GET /v1/metrics/{metric}": answers.metric,
  "GET /v1/live/{metric}": answers.live,
  "GET /v1/status": answers.status,
};

const answer = middy<APIGatewayProxyEventV2>()
  .use(httpErrors())
  .use(readToken(token))
  .handler(async ({ routeKey, pathParameters, rawQueryString }) => {
    requireSameZone(config.timezone, await tableZone.read(), "answer");
    const route = routes[routeKey];
    if (route === undefined) throw new HttpError(404, `There is no route ${routeKey}`);
    const answer = await route({ metric: pathParameters?.metric ?? "", query: rawQueryString });
    return answer === undefined ? jsonAnswer(202, running, { "retry-after": "2" }) : jsonAnswer(200, answer);
  });

export const handler = withInvocation(answer);

function createFromEnvironment() {
  const { workgroup: workGroup, database, timezone } = config;
  const athena = createAthena({ client: new AthenaClient({}), workGroup, database, clock });
  return createQuery({
    present: createPresent({
      blocks: createBlocks(store),
      old: createOldCounters(store),
      memoryBytes: REMEMBERED_BYTES,
    }),
    ledger: createDayLedger(store),
    sealedDays: createSealedDays(store),
    history: createKeptQueries({ athena, answers: createAnswers(store), schema: historyRow, clock }),
    samples: createRejectedSamples(store),
    catalog,
    timezone,
    clock,
  });
}
