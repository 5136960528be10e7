/** The steps at which the whole pipeline is killed: before and after everything that could be half done. */
import type { FaultRule } from "../../local/faults.ts";

export type KillStep = {
  name: string;
  /** The rule that ends the process there; without one, the test does so from outside. */
  rule?: (today: string) => Partial<FaultRule> & { point: string };
  /** Whether it only happens in a batch run. */
  inBatch?: boolean;
  /** Whether it only happens if all events of a batch are of one day. */
  ofOneDay?: boolean;
  /** How many passes of the point may be let through first: the step happens several times in a row. */
  passes?: number;
  /** Whether the watermark, which moves once a day, is removed first, as in a restored table. */
  forgetsWatermark?: boolean;
};

const events = { stream: "daymark-local-events-0" };
const at = (point: string, where: Record<string, string> = {}) => ({ point, where });
const twice = (name: string, before: KillStep, after: KillStep): KillStep[] => [
  { ...before, name: `before ${name}` },
  { ...after, name: `after ${name}` },
];
/** Before and after a write to DynamoDB. */
const write = (name: string, where: (today: string) => Record<string, string>, more: Omit<KillStep, "name"> = {}) =>
  twice(
    name,
    { name, rule: (today) => at("dynamodb.before", where(today)), ...more },
    { name, rule: (today) => at("dynamodb.after", where(today)), ...more },
  );

const update = { operation: "UpdateItem" };
const watermark = "SET watermark = :day";
const version = "ADD rollup_version :one*";

export const killSteps: readonly KillStep[] = [
  { name: "at a random moment" },
  { name: "after the answer" },
  { name: "before put on disk", rule: () => at("firehose.put", events), passes: 20 },
  { name: "after put on disk, before the answer", rule: () => at("firehose.put.after", events), passes: 20 },
  { name: "before the answer leaves collect", rule: () => at("lambda.after", { function: "collect" }), passes: 20 },
  { name: "after a batch is cut", rule: () => at("firehose.cut", events) },
  ...twice(
    "the transformation",
    { name: "", rule: () => at("firehose.transform.before", events) },
    { name: "", rule: () => at("firehose.transform.after", events) },
  ),
  ...write("claims in the request ledger", () => ({ operation: "PutItem" }), { passes: 3 }),
  ...write("the write of a block", (today) => ({ operation: "PutItem", pk: `blocks#${today}` }), { passes: 3 }),
  ...write("the write that makes a block visible", () => ({ ...update, pk: "days", update: "ADD #names*" }), {
    passes: 3,
    ofOneDay: true,
  }),
  ...write("a transaction of several days", () => ({ operation: "TransactWriteItems", update: "ADD #names*" }), {
    passes: 2,
  }),
  ...write("the write that a fold replaces blocks with", () => ({ ...update, pk: "days", update: "DELETE #old*" })),
  ...twice(
    "the checkpoint of a transformed batch",
    { name: "", rule: () => at("firehose.checkpoint", { ...events, step: "transformed" }) },
    { name: "", rule: () => at("firehose.checkpoint.after", { ...events, step: "transformed" }) },
  ),
  { name: "before an object is planned", rule: () => at("firehose.deliver.plan", events) },
  ...twice(
    "the rename of an object",
    { name: "", rule: () => at("firehose.deliver.rename.before", events) },
    { name: "", rule: () => at("firehose.deliver.rename.after", events) },
  ),
  ...twice(
    "the checkpoint of an object",
    { name: "", rule: () => at("firehose.checkpoint", { ...events, step: "delivered" }) },
    { name: "", rule: () => at("firehose.checkpoint.after", { ...events, step: "delivered" }) },
  ),
  ...twice(
    "UNLOAD",
    { name: "", rule: () => at("athena.run", { subtype: "UNLOAD" }), inBatch: true },
    { name: "", rule: () => at("athena.unload.after"), inBatch: true },
  ),
  ...twice(
    "ALTER TABLE",
    { name: "", rule: () => at("athena.alter.before"), inBatch: true, passes: 2 },
    { name: "", rule: () => at("athena.alter.after"), inBatch: true, passes: 2 },
  ),
  ...write("the version of the rollups", () => ({ pk: "state", update: version }), { inBatch: true }),
  ...write("the closing of a day", () => ({ operation: "TransactWriteItems", update: "REMOVE marked" }), {
    inBatch: true,
  }),
  ...write("the watermark", () => ({ pk: "state", update: watermark }), { inBatch: true, forgetsWatermark: true }),
];
