/**
 * What fails at DynamoDB and Athena during one action: rules for the local engines' faults, generated from the action's
 * seed.
 */

import type { FaultRule } from "../../local/faults.ts";
import { pick, type Random } from "../../tools/random.ts";

type Kind = { name: string; rules: (random: Random) => FaultRule[] };

const busy = { action: "error", code: "ProvisionedThroughputExceededException", status: 400 } as const;
const lost = { action: "error", code: "ConnectionLost" } as const;

const dynamoDb: readonly [Kind, ...Kind[]] = [
  { name: "dynamodb: throttled", rules: () => [{ point: "dynamodb.before", ...busy, probability: 0.12 }] },
  {
    name: "dynamodb: write succeeded, answer lost",
    rules: () => [{ point: "dynamodb.after", ...lost, probability: 0.12 }],
  },
  {
    name: "dynamodb: internal error",
    rules: () => [
      { point: "dynamodb.before", action: "error", code: "InternalServerError", status: 500, probability: 0.1 },
    ],
  },
  {
    name: "dynamodb: slow",
    rules: () => [{ point: "dynamodb.before", action: "delay", delayMs: 3, probability: 0.2 }],
  },
];

const athena: readonly [Kind, ...Kind[]] = [
  {
    name: "athena: queued long",
    rules: () => [{ point: "athena.queue", action: "delay", delayMs: 40, probability: 0.6 }],
  },
  { name: "athena: FAILED", rules: (random) => [athenaRun("GENERIC_INTERNAL_ERROR", random)] },
  { name: "athena: CANCELLED", rules: (random) => [athenaRun("CANCELLED", random)] },
  {
    name: "athena: UNLOAD fails, partial output left behind",
    rules: () => [
      { point: "athena.unload.partial", action: "error", code: "GENERIC_INTERNAL_ERROR", probability: 0.6 },
    ],
  },
  {
    name: "athena: UNLOAD has written all and fails",
    rules: () => [{ point: "athena.unload.after", action: "error", code: "GENERIC_INTERNAL_ERROR", probability: 0.6 }],
  },
  {
    name: "athena: ALTER TABLE fails before it is done",
    rules: () => [{ point: "athena.alter.before", action: "error", code: "GENERIC_INTERNAL_ERROR", probability: 0.5 }],
  },
  {
    name: "athena: ALTER TABLE is done and fails",
    rules: () => [{ point: "athena.alter.after", action: "error", code: "GENERIC_INTERNAL_ERROR", probability: 0.5 }],
  },
  {
    name: "athena: start throttled",
    rules: () => [
      { point: "athena.start", action: "error", code: "TooManyRequestsException", status: 400, probability: 0.4 },
    ],
  },
  { name: "athena: started, answer lost", rules: () => [{ point: "athena.start", ...lost, probability: 0.3 }] },
  { name: "athena: results answer lost", rules: () => [{ point: "athena.results", ...lost, probability: 0.4 }] },
];

/** The faults of one action: none, of DynamoDB, of Athena, or of both. */
export function chooseRules(random: Random, withAthena: boolean): FaultRule[] {
  const kinds = [
    ...(random() < 0.45 ? [pick(random, dynamoDb)] : []),
    ...(withAthena && random() < 0.5 ? [pick(random, athena)] : []),
  ];
  return kinds.flatMap(({ rules }) => rules(random));
}

/** The kind that a rule belongs to, as in the printed table. */
export function kindOf({ point, code, action }: FaultRule): string {
  const same = (rule: FaultRule) => rule.point === point && rule.code === code && rule.action === action;
  return [...dynamoDb, ...athena].find(({ rules }) => rules(() => 0).some(same))?.name ?? `${point} ${code ?? action}`;
}

function athenaRun(code: string, random: Random): FaultRule {
  const subtype = pick(random, ["SELECT", "UNLOAD", "ALTER_TABLE_ADD_PARTITION", "ALTER_TABLE_SET_LOCATION"]);
  return { point: "athena.run", action: "error", code, probability: 0.7, where: { subtype } };
}
