/**
 * Local Athena compared with a real Trino's answers: the same values and types, or a refusal by name; never another
 * answer.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { functionNames } from "../../../local/trino/calls.ts";
import { type RecordedExpression, readExpressions } from "../../fixtures/recorded-expressions.ts";
import { type AthenaStage, startAthenaStage } from "../athena/athena-stage.ts";

type Answer = Pick<RecordedExpression, "types" | "rows" | "error">;
type Outcome = "agrees" | "is refused" | "is an error in both" | "differs";

const recorded = await readExpressions();
const outcomes = new Map<RecordedExpression, { outcome: Outcome; local: Answer }>();
let stage: AthenaStage;
beforeAll(async () => {
  stage = await startAthenaStage();
  const left = recorded.values();
  await Promise.all(Array.from({ length: 8 }, () => askAll(left)));
}, 120_000);
afterAll(() => stage[Symbol.asyncDispose]());

async function askAll(left: Iterable<RecordedExpression>): Promise<void> {
  for (const one of left) {
    const local = await ask(one.sql);
    outcomes.set(one, { outcome: outcomeOf(one, local), local });
  }
}

async function ask(sql: string): Promise<Answer> {
  const id = await stage.start(`SELECT ${sql}`);
  const { Status } = await stage.ended(id);
  if (Status.State !== "SUCCEEDED") return { error: Status.StateChangeReason ?? "" };
  const { ResultSet } = await stage.call("GetQueryResults", { QueryExecutionId: id });
  return {
    types: ResultSet.ResultSetMetadata.ColumnInfo.map(({ Type }) => Type),
    rows: ResultSet.Rows.slice(1).map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue ?? null)),
  };
}

function outcomeOf({ types, rows, error }: RecordedExpression, local: Answer): Outcome {
  if (error !== undefined) return local.error === undefined ? "differs" : "is an error in both";
  if (local.error !== undefined)
    return /Local Athena (does not|casts|knows)/.test(local.error) ? "is refused" : "differs";
  return JSON.stringify([types, rows]) === JSON.stringify([local.types, local.rows]) ? "agrees" : "differs";
}

const withOutcome = (wanted: Outcome) => recorded.filter((one) => outcomes.get(one)?.outcome === wanted);

test("no recorded expression is answered otherwise than by Trino", () => {
  const different = withOutcome("differs").map(({ sql, ...trino }) => ({
    sql,
    trino,
    local: outcomes.get(recorded.find((one) => one.sql === sql) ?? expect.fail())?.local,
  }));
  expect(different).toEqual([]);
});

test("1,345 of them are answered as by Trino, 184 refused by name, 237 are errors in both", () => {
  const counts = Object.fromEntries(
    (["agrees", "is refused", "is an error in both"] as const).map((one) => [one, withOutcome(one).length]),
  );
  expect(counts).toEqual({ agrees: 1345, "is refused": 184, "is an error in both": 237 });
});

describe("the allow-list", () => {
  test("has no function without a recorded expression that local Athena answers as Trino", () => {
    const answered = withOutcome("agrees").map(({ sql }) => sql.toLowerCase());
    const missing = functionNames().filter(
      (name) => !answered.some((sql) => new RegExp(`\\b${name}\\s*\\(`).test(sql)),
    );
    expect(missing).toEqual([]);
  });
});
