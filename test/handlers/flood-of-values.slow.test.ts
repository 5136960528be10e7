/**
 * Somebody sends thousands of values of each field with a breakdown: totals stay exact, and the status says what is
 * bounded.
 */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { clickRow } from "../fixtures/event-rows.ts";
import { type Stage, startStage } from "./local-stage.ts";

const day = "2026-02-14";
const BATCHES = 14;
const VALUES = 1000;
const HONEST = 3;
const OWN = BATCHES * (HONEST + 1);
const TOTAL = BATCHES * VALUES + OWN;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(() => {
  vi.useRealTimers();
});

const at = (local: string) => vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(`${local}:00+09:00`) });
const ask = async (query: string) => (await stage.get(`/v1/metrics/clicks?from=${day}&to=${day}&${query}`)).body;

/** A flood of values with a few clicks on somebody else's page, and one on a target that nobody clicks again. */
function batch(number: number) {
  const flood = Array.from({ length: VALUES }, (_, i) => {
    const value = `v${number}-${i}`;
    const page = { host: value, path: `/${value}`, referrer_host: value, utm_source: value, utm_campaign: value };
    return clickRow({ ...page, target: value, device: "mobile", visitor_id: value });
  });
  const honest = Array.from({ length: HONEST }, () =>
    clickRow({ app: "zine", path: "/honest", target: "honest", device: "desktop", visitor_id: randomUUID() }),
  );
  const rare = clickRow({ app: "zine", path: "/rare", target: `rare-${number}`, device: "desktop", visitor_id: "a" });
  return [...flood, ...honest, rare];
}

test("a flood of values of every field changes no total, and what is not kept apart is said until the seal", async () => {
  at(`${day}T12:00`);
  const results = [];
  for (let number = 0; number < BATCHES; number++) results.push(...(await stage.stream(batch(number))));

  for (const by of [
    "target",
    "path",
    "host",
    "referrer_host",
    "utm_source",
    "utm_campaign",
    "app,target",
    "target,device",
  ]) {
    const { total, groups, other, bounded_days, series } = await ask(`by=${by}&limit=1000&interval=day`);
    const listed = groups.reduce((sum: number, { value }: { value: number }) => sum + value, 0);
    expect([by, total, listed + other, series[0].value]).toEqual([by, TOTAL, TOTAL, TOTAL]);
    expect(bounded_days).toEqual([day]);
    if (by === "target") expect(groups[0]).toEqual({ key: "honest", value: BATCHES * HONEST });
  }
  // The flood is another app's: it fills its own share alone.
  const own = await ask("app=zine&by=target");
  expect([own.total, own.groups.length, own.other]).toEqual([OWN, 1 + BATCHES, undefined]);
  for (let number = 0; number < BATCHES; number++)
    for (const app of ["", "app=zine&"]) expect(await ask(`${app}target=rare-${number}`)).toMatchObject({ total: 1 });
  expect(await ask("device=mobile&by=target")).toMatchObject({ total: BATCHES * VALUES });
  expect(await ask("target=honest")).toMatchObject({ total: BATCHES * HONEST, bounded_days: [day] });
  const few = await ask("by=device");
  expect(few.groups).toHaveLength(2);
  expect([few.other, few.bounded_days]).toEqual([undefined, undefined]);

  const { bounded_days: bounded } = (await stage.get("/v1/status")).body;
  expect(bounded).toEqual([{ day, breakdowns: expect.arrayContaining(["clicks by app+target", "clicks by path"]) }]);

  await stage.deliver(results);
  at("2026-02-15T00:20");
  expect((await stage.batch()).sealed).toEqual([day]);
  const sealed = await ask("by=target&limit=1000");
  expect(sealed).toMatchObject({ total: TOTAL, history: TOTAL, other: TOTAL - BATCHES * HONEST - 999 });
  expect(sealed.bounded_days).toBeUndefined();
  expect(await ask("target=v13-999")).toMatchObject({ total: 1 });
  expect((await stage.get("/v1/status")).body.bounded_days).toEqual([]);
}, 60_000);
