import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../bench/cost/memory-store.ts";
import { MINUTES, type Section, toSection } from "../../src/metrics/block.ts";
import { OTHER } from "../../src/metrics/bounded-tally.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { createBlockCache } from "../../src/query/present/block-cache.ts";
import { readBounded, readPresent } from "../../src/query/present/read-present.ts";
import { foldDay } from "../../src/stream/fold-blocks.ts";
import { writeBlocks } from "../../src/stream/write-blocks.ts";
import { expiryOf, fansOf, noBlocks, tierOf } from "../../src/table/blocks/frontier.ts";
import { packBlock, unpackBlock } from "../../src/table/blocks/packed-block.ts";
import { zone } from "../fixtures/event-rows.ts";
import { pairs } from "../fixtures/pairs.ts";

const day = "2026-03-10";
const noon = Date.parse("2026-03-10T03:00:00Z");
const options = { timezone: zone, expires: 5 };

type Memory = ReturnType<typeof createMemoryStore>;

async function write(memory: Memory, from: number, to: number, sectionsOf: (n: number) => Section[], arrived = noon) {
  for (let n = from; n < to; n++) {
    const batch = Buffer.from(`b${String(n).padStart(7, "0")}`).toString("base64url");
    const block = packBlock({ arrived: arrived + n }, sectionsOf(n));
    await writeBlocks(memory.store, { batch, expires: 5, days: [{ day, rows: 1, block }] });
  }
}

const frontierOf = ({ heads }: Memory) => heads.get(day) ?? noBlocks;
const fold = (memory: Memory, fan?: number, more: Partial<Parameters<typeof foldDay>[2]> = {}) =>
  foldDay(memory.store, { day, frontier: frontierOf(memory) }, { ...options, ...(fan && { fan }), ...more });
/** Four blocks, which become one of the second tier. */
async function writeTwice(memory: Memory, sectionsOf: (n: number) => Section[]) {
  for (const from of [0, 2]) {
    await write(memory, from, from + 2, sectionsOf);
    await fold(memory, 2);
  }
}
const read = async (memory: Memory, metric: string, breakdown: string, isDistinct = false) =>
  (
    await readPresent({ store: memory.store, cache: createBlockCache(1e6) }, [{ day, frontier: frontierOf(memory) }], {
      metric,
      breakdown,
      isDistinct,
    })
  ).get(day);
const clicks = (n: number) => [
  toSection("clicks", "", new Map([["", 1n]])),
  toSection("clicks", "app", new Map([[`${n % 3}`, 1n]])),
];

test("two blocks of a day that was long over when they arrived are folded, and twelve such folds", async () => {
  const memory = createMemoryStore();
  const fans = fansOf(day, addDays(day, 2));
  const foldOld = () => foldDay(memory.store, { day, frontier: frontierOf(memory) }, { ...options, ...fans });
  await write(memory, 0, 1, clicks);
  await foldOld();
  expect(frontierOf(memory).names.map(tierOf)).toEqual([0]);
  for (let n = 1; n < 25; n++) {
    await write(memory, n, n + 1, clicks);
    await foldOld();
    if (n === 21) expect(frontierOf(memory).names.map(tierOf)).toEqual(Array(11).fill(1));
  }
  expect(frontierOf(memory).names.map(tierOf)).toEqual([2, 0]);
  expect(await read(memory, "clicks", "")).toEqual(new Map([["", 25n]]));
});

test("a day and the day after it are folded as live ones are", () => {
  expect([0, 1].map((later) => fansOf(day, addDays(day, later)))).toEqual([{}, {}]);
});

test("eleven blocks are left as they are, twelve are folded into one, a hundred and forty-four into one of the next tier", async () => {
  const memory = createMemoryStore();
  await write(memory, 0, 11, clicks);
  await fold(memory);
  expect(frontierOf(memory).names).toHaveLength(11);
  for (let n = 11; n < 144; n++) {
    await write(memory, n, n + 1, clicks);
    await fold(memory);
  }
  expect(frontierOf(memory).names.map(tierOf)).toEqual([2]);
  expect(await read(memory, "clicks", "")).toEqual(new Map([["", 144n]]));
  expect((await read(memory, "clicks", "app"))?.get("1")).toBe(48n);
});

test("a question reads one item of a block in groups, and finds out from another that it has no such group", async () => {
  const memory = createMemoryStore();
  const visitors = (n: number) => [toSection("visitors", "app", new Map([["web", pairs(`${n}:1`)]]))];
  await writeTwice(memory, (n) => [...clicks(n), ...visitors(n)]);
  expect(frontierOf(memory).names.map(tierOf)).toEqual([2]);
  const gets: string[][] = [];
  const store = {
    get: (keys: Parameters<Memory["store"]["get"]>[0], isFresh: boolean) => {
      gets.push(keys.map(({ sk }) => sk.slice(12)));
      return memory.store.get(keys, isFresh);
    },
  };
  const known = createBlockCache(1e6);
  const days = [{ day, frontier: frontierOf(memory) }];
  const ask = (metric: string, breakdown: string, isDistinct: boolean) =>
    readPresent({ store, cache: known }, days, { metric, breakdown, isDistinct });
  expect((await ask("visitors", "app", true)).get(day)?.get("web")).toEqual(pairs("0:1 1:1 2:1 3:1"));
  expect((await ask("clicks", "", false)).get(day)?.get("")).toBe(4n);
  expect(gets).toEqual([["##visitors#app"], ["##clicks"]]);
  await ask("clicks", "app", false);
  expect(gets, "what was read is remembered").toHaveLength(2);
  expect((await ask("errors", "", false)).get(day)).toEqual(new Map());
  expect(gets.slice(2)).toEqual([["##errors"], ["##errors"], [""]]);
});

test("a part that has expired fails a question about its day, and is not taken for nothing", async () => {
  const memory = createMemoryStore();
  await write(memory, 0, 4, clicks);
  const [first = ""] = [...memory.items.keys()];
  memory.items.delete(first);
  const gone = `Cannot count ${day}: what was counted of it has expired, and it was never sealed`;
  await expect(read(memory, "clicks", "")).rejects.toThrow(gone);
  await fold(memory, 2);
  await expect(read(memory, "clicks", "")).rejects.toThrow(gone);
  await write(memory, 4, 6, clicks);
  await fold(memory, 2);
  expect(frontierOf(memory).names.length, "the list of names stays short all the same").toBeLessThan(3);
  await expect(read(memory, "clicks", "app")).rejects.toThrow(gone);
});

test("a group that has expired fails the question that needs it", async () => {
  const memory = createMemoryStore();
  await writeTwice(memory, clicks);
  for (const place of memory.items.keys()) if (place.endsWith("##clicks")) memory.items.delete(place);
  await expect(read(memory, "clicks", "")).rejects.toThrow("has expired");
});

test("minutes are kept for three hours before the newest arrival, and all else for ever", async () => {
  const memory = createMemoryStore();
  const minute = (n: number) => `2026-03-10T${n === 0 ? "08:59" : n === 1 ? "09:00" : "12:00"}`;
  const live = (n: number) => [...clicks(n), toSection("clicks", MINUTES, new Map([[minute(n), 1n]]))];
  await write(memory, 0, 4, live);
  expect((await read(memory, "clicks", MINUTES))?.size).toBe(3);
  await fold(memory, 2);
  expect([...((await read(memory, "clicks", MINUTES)) ?? new Map()).keys()]).toEqual([minute(1), minute(2)]);
  expect(await read(memory, "clicks", "")).toEqual(new Map([["", 4n]]));
});

test("a fold lives as long as the newest of what it is made of", async () => {
  const memory = createMemoryStore();
  await write(memory, 0, 2, clicks);
  await fold(memory, 2);
  const [name = ""] = frontierOf(memory).names;
  for (const sk of [name, `${name}#names`]) expect(memory.items.get(`${day} ${sk}`)?.expires).toBe(expiryOf(noon + 1));
});

test("the same fold is the same bytes whoever makes it", async () => {
  const memory = createMemoryStore();
  await write(memory, 0, 4, clicks);
  const frontier = frontierOf(memory);
  await fold(memory, 4);
  const first = new Map(memory.items);
  await foldDay(
    memory.store,
    { day, frontier: { ...frontier, names: frontier.names.toReversed() } },
    { ...options, fan: 4 },
  );
  expect(memory.items).toEqual(first);
});

test("a fold says what it was made of, and when that arrived", async () => {
  const memory = createMemoryStore();
  const fact = (name: string) => unpackBlock(memory.items.get(`${day} ${name}`)?.body ?? Buffer.of()).folded;
  const names: string[][] = [];
  for (const from of [0, 2]) {
    await write(memory, from, from + 2, clicks);
    names.push(frontierOf(memory).names.filter((name) => tierOf(name) === 0));
    if (from === 0) await fold(memory, 2);
  }
  const [[a = "", b = ""] = [], [c = "", d = ""] = []] = names.map((some) => some.toSorted());
  const [first = ""] = frontierOf(memory).names.filter((name) => tierOf(name) === 1);
  expect(fact(first)).toEqual([
    [a, 1],
    [b, 0],
  ]);
  await fold(memory, 2);
  const [top = ""] = frontierOf(memory).names;
  const second = fact(top)?.find(([name]) => name !== first)?.[0] ?? "";
  expect(new Map(fact(top)?.map(([name, ...times]) => [name, times]))).toEqual(
    new Map([
      [first, [2, 3]],
      [second, [0, 1]],
    ]),
  );
  expect(new Set(fact(second)?.map(([name]) => name))).toEqual(new Set([c, d]));
  for (const { sk } of memory.items.values()) if (sk.includes("##")) expect(fact(sk), sk).toBeUndefined();
});

test("a block of a megabyte is written in parts, read, and folded", async () => {
  const memory = createMemoryStore();
  const keys = Array.from({ length: 40_000 }, (_, i) => `${i} ${Math.sin(i)} ${Math.cos(i)}`);
  const large = () => [toSection("clicks", "path", new Map(keys.map((key) => [key, 1n])))];
  await write(memory, 0, 2, large);
  expect([...memory.items.keys()].filter((key) => key.includes("#part#")).length).toBeGreaterThan(3);
  expect((await read(memory, "clicks", "path"))?.get(keys[7] ?? "")).toBe(2n);
  await fold(memory, 2, { bounds: { keys: 40_000, characters: 2_000_000 } });
  expect((await read(memory, "clicks", "path"))?.get(keys[7] ?? "")).toBe(2n);
  for (const { body } of memory.items.values()) expect(body.length).toBeLessThan(400_000);
});

test("a fold keeps no more values apart than its bounds, and says so to whoever makes it or reads it, in groups or not", async () => {
  const memory = createMemoryStore();
  const sections = (n: number) => [
    ...clicks(n),
    toSection(
      "clicks",
      "path",
      new Map([
        ["/", 1n],
        [`/${n}`, 1n],
      ]),
    ),
    toSection("visitors", "utm_campaign", new Map([[`c${n}`, pairs(`${n}:1`)]])),
  ];
  const told: unknown[] = [];
  const bounds = { keys: 2, characters: 100 };
  const onBounded = (...of: unknown[]) => told.push(of);
  for (const from of [0, 4]) {
    await write(memory, from, from + 4, sections);
    await fold(memory, 4, { bounds, onBounded });
  }
  const names = ["clicks path", "visitors utm_campaign"];
  expect(told).toEqual([
    [day, names],
    [day, names],
  ]);
  const expected = new Map([
    ["/", 8n],
    ["/0", 1n],
    ["/4", 1n],
    [OTHER, 6n],
  ]);
  expect(await read(memory, "clicks", "path")).toEqual(expected);
  await fold(memory, 2, { bounds, onBounded });
  expect(frontierOf(memory).names.map(tierOf)).toEqual([2]);
  expect(await read(memory, "clicks", "path")).toEqual(
    new Map([
      ["/", 8n],
      ["/0", 1n],
      [OTHER, 7n],
    ]),
  );
  expect(await read(memory, "clicks", "app")).toEqual(
    new Map([
      ["0", 3n],
      ["1", 3n],
      ["2", 2n],
    ]),
  );
  expect(await read(memory, "visitors", "utm_campaign", true)).toEqual(
    new Map([
      ["c0", pairs("0:1")],
      ["c1", pairs("1:1")],
      [OTHER, pairs("2:1 3:1 4:1 5:1 6:1 7:1")],
    ]),
  );
  const present = { store: memory.store, cache: createBlockCache(1e6) };
  const days = [{ day, frontier: frontierOf(memory) }];
  expect(await readBounded(present, days)).toEqual(new Map([[day, names]]));
  const one = await readPresent(present, days, { metric: "clicks", breakdown: "path", isDistinct: false, key: "/5" });
  expect(one.get(day)?.has(OTHER)).toBe(true);
});

describe("a breakdown that was kept from some block on", () => {
  const before = (n: number) => [...clicks(n), toSection("visitors", "", new Map([["", pairs(`${n}:1`)]]))];
  const after = (n: number) => [
    ...before(n),
    toSection("clicks", "os", new Map([["iOS", 1n]])),
    toSection("visitors", "path", new Map([["/", pairs(`${n}:1`)]])),
  ];
  const asked = [
    ["clicks", "", false],
    ["clicks", "app", false],
    ["visitors", "", true],
    ["clicks", "os", false],
    ["visitors", "path", true],
  ] as const;
  const partialOf = async (memory: Memory) => {
    const present = { store: memory.store, cache: createBlockCache(1e6) };
    const names: string[] = [];
    for (const [metric, breakdown, isDistinct] of asked) {
      const partial = new Set<string>();
      const wanted = { metric, breakdown, isDistinct };
      await readPresent(present, [{ day, frontier: frontierOf(memory) }], wanted, partial);
      if (partial.has(day)) names.push(`${metric} ${breakdown}`);
    }
    return names;
  };
  const both = ["clicks os", "visitors path"];

  test.each([0, 1, 5, 8, 15])("is told from %i of 16 blocks that lack it, however they are folded", async (lacking) => {
    const memory = createMemoryStore();
    for (let n = 0; n < 16; n++) {
      await write(memory, n, n + 1, n < lacking ? before : after);
      expect(await partialOf(memory)).toEqual(lacking > 0 ? both : []);
      await fold(memory, 2);
      expect(await partialOf(memory)).toEqual(lacking > 0 ? both : []);
    }
    expect(frontierOf(memory).names.map(tierOf)).toEqual([4]);
  });

  test("is told when the release that keeps it was taken back, too", async () => {
    const memory = createMemoryStore();
    await write(memory, 0, 2, after);
    expect(await partialOf(memory)).toEqual([]);
    await fold(memory, 2);
    await write(memory, 2, 4, before);
    await fold(memory, 2);
    expect(await partialOf(memory)).toEqual(both);
  });

  test("is not told of blocks that hold nothing of the metric", async () => {
    const memory = createMemoryStore();
    await write(memory, 0, 4, (n) => (n % 2 === 0 ? after(n) : [toSection("logins", "", new Map([["", 1n]]))]));
    expect(await partialOf(memory)).toEqual([]);
    await fold(memory, 2);
    expect(await partialOf(memory)).toEqual([]);
  });
});
