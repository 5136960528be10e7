import { afterAll, beforeAll, expect, test } from "vitest";
import { oldRollup } from "../../src/athena-queries/old-rollup.ts";
import { fromWords } from "../../src/metrics/distinct-sketch.ts";
import { openLake } from "./lake.ts";

let lake: Awaited<ReturnType<typeof openLake>>;
const day = "2026-02-28";

beforeAll(async () => {
  lake = await openLake();
});
afterAll(() => lake[Symbol.asyncDispose]());

test("a rollup of rows by register becomes one row a value, and says which breakdowns it has", async () => {
  await lake.run(`insert into rollups by name select * from (values
    ('clicks', '', '', null, 5, null, '${day}'),
    ('clicks', 'target+device', 'a+mobile', null, 5, null, '${day}'),
    ('revenue', 'currency', 'KRW', null, null, 70, '${day}'),
    ('visitors', '', '', 7, 3, null, '${day}'),
    ('visitors', '', '', 4095, 1, null, '${day}'),
    ('visitors', 'country', '', 7, 3, null, '${day}'),
    ('clicks', '', '', null, 9, null, '2026-03-01')) as old (metric, dimensions, keys, register, value, amount, dt)`);
  await expect(oldRollup(day).text).toMatchFileSnapshot("sql/old-rollup.sql");
  const rows = await lake.ask(oldRollup(day));
  const lines = rows.map(({ metric, dimensions, keys, events, value, amount, sketch }) => {
    const registers = sketch === null ? [] : [...fromWords((sketch as string[]).map(BigInt))];
    return [metric, dimensions, keys, events, value ?? "", amount ?? "", ...registers].join(" | ");
  });
  expect(lines.sort()).toEqual([
    "clicks |  |  | 5 | 5 | ",
    "clicks | target+device | + | 0 | 0 | ",
    "clicks | target+device | a+mobile | 5 | 5 | ",
    "revenue | currency |  | 0 |  | 0",
    "revenue | currency | KRW | 1 |  | 70",
    "visitors |  |  | 1 | 2 |  | 7,3 | 4095,1",
    "visitors | country |  | 1 | 1 |  | 7,3",
  ]);
});
