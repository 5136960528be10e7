import { expect, test } from "vitest";
import { createRefusals } from "../../src/collect/refusals.ts";
import { HttpError } from "../../src/errors.ts";

function start() {
  const told: unknown[][] = [];
  const at = { now: Date.parse("2026-11-22T14:59:58Z"), isTaken: true };
  const refusals = createRefusals({
    keep: async (records) => {
      if (at.isTaken) told.push(linesOf(records));
      return at.isTaken;
    },
    clock: () => at.now,
    timezone: "Asia/Seoul",
  });
  const refuse = (status: keyof typeof codes, app = "") =>
    refusals
      .watch(async (known) => {
        known.app = app;
        throw new HttpError(codes[status], "no");
      })
      .catch(() => {});
  return { told, at, refusals, refuse };
}

const codes = {
  400: "unreadable_body",
  401: "wrong_write_key",
  403: "forbidden_origin",
  413: "body_too_large",
  429: "address_over_budget",
  500: "internal_error",
} as const;

function linesOf(records: readonly Uint8Array[]) {
  return records.flatMap((record) =>
    Buffer.from(record)
      .toString()
      .trim()
      .split("\n")
      .map((line) => {
        const { reason, app, requests, day } = JSON.parse(line);
        return [reason, app, requests, day];
      }),
  );
}

test("refused requests are reported at once, and then together every five seconds, by reason and app", async () => {
  const { told, at, refuse } = start();
  for (let i = 0; i < 1000; i++) await refuse(401);
  expect(told).toEqual([[["key", "", 1, "2026-11-22"]]]);
  await refuse(403, "web");
  for (const status of [413, 429, 400, 429] as const) await refuse(status, "web");
  at.now += 5_000;
  await refuse(429, "shop");
  expect(told.slice(1)).toEqual([
    [
      ["key", "", 999, "2026-11-23"],
      ["origin", "web", 1, "2026-11-23"],
      ["size", "web", 1, "2026-11-23"],
      ["rate", "web", 2, "2026-11-23"],
      ["unreadable", "web", 1, "2026-11-23"],
      ["rate", "shop", 1, "2026-11-23"],
    ],
  ]);
});

test("are told apart by their source, where it is not an app", async () => {
  const records: Uint8Array[] = [];
  const keep = async (some: readonly Uint8Array[]) => records.push(...some) > 0;
  const at = { now: 0 };
  const refusals = createRefusals({ keep, clock: () => at.now, timezone: "Asia/Seoul" });
  for (const source of ["otlp", "pixel", undefined, "otlp"] as const) {
    at.now += source === undefined ? 5_000 : 0;
    const refused = refusals.watch(async (known) => {
      known.source = source;
      throw new HttpError("wrong_write_key", "no");
    });
    await expect(refused).rejects.toThrow("no");
  }
  const lines = records.flatMap((record) => Buffer.from(record).toString().trim().split("\n"));
  expect(lines.map((line) => JSON.parse(line)).map(({ source, requests }) => [source, requests])).toEqual([
    ["otlp", 1],
    ["pixel", 1],
    [undefined, 1],
  ]);
});

test("the last of them are reported with a request that is not refused", async () => {
  const { told, at, refusals, refuse } = start();
  await refuse(401);
  await refuse(401);
  at.now += 5_000;
  expect(await refusals.watch(async () => "taken")).toBe("taken");
  expect(told).toHaveLength(2);
});

test("counts that cannot be stored are reported with the next ones", async () => {
  const { told, at, refuse } = start();
  at.isTaken = false;
  await refuse(401);
  Object.assign(at, { isTaken: true, now: at.now + 5_000 });
  await refuse(401);
  expect(told).toEqual([[["key", "", 2, "2026-11-23"]]]);
});

test("a clock that is put back holds up nothing", async () => {
  const { told, at, refuse } = start();
  await refuse(401);
  at.now -= 86_400_000;
  await refuse(401);
  expect(told).toHaveLength(2);
});

test("other answers and other errors are no refusals", async () => {
  const { told, refusals, refuse } = start();
  await refuse(500);
  await expect(
    refusals.watch(async () => {
      throw new TypeError("x");
    }),
  ).rejects.toThrow(TypeError);
  expect(told).toEqual([]);
});
