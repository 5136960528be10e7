import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Pages } from "../../src/stream/enter-pages.ts";
import { findRepeats, type SentRecord } from "../../src/stream/find-repeats.ts";
import { emptyPage, type KnownPage } from "../../src/stream/known-page.ts";
import { DEEPEST_PAGE, pageBelow, pagesOf } from "../../src/stream/request-pages.ts";
import { createLedger } from "../fixtures/memory-ledger.ts";

const noon = Date.UTC(2026, 10, 25, 12);
const iso = (instant: number) => new Date(instant).toISOString();
const timedId = (instant: number, n: number) => {
  const time = instant.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, "0")}`;
};
const untimedId = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;

function createPages(): Pages {
  const pages = new Map<string, KnownPage>();
  return (name) => {
    const page = pages.get(name) ?? emptyPage(name);
    pages.set(name, page);
    return page;
  };
}

/** Copies of requests, each copy in one or two records put once or twice, and the batch of each record. */
const requests = fc.array(
  fc.record({
    kind: fc.constantFrom("timed", "untimed"),
    events: fc.integer({ min: 1, max: 4 }),
    copies: fc.array(
      fc.record({
        delay: fc.constantFrom(0, 0, 1, 1000, 290_000),
        lacks: fc.nat(2),
        splitAt: fc.nat(4),
        puts: fc.integer({ min: 1, max: 2 }),
        batches: fc.array(fc.nat(7), { minLength: 4, maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  { minLength: 1, maxLength: 4 },
);
type Requests = typeof requests extends fc.Arbitrary<infer T> ? T : never;

function toBatches(all: Requests): SentRecord[][] {
  const batches: SentRecord[][] = Array.from({ length: 8 }, () => []);
  let put = 0;
  for (const [n, { kind, events, copies }] of all.entries()) {
    for (const [c, { delay, lacks, splitAt, puts, batches: where }] of copies.entries()) {
      // A copy may have fewer or more events than another, and other content in the same millisecond.
      const ids = Array.from({ length: Math.max(1, events - lacks) }, (_, i) => `event-${n}-${i}`);
      const parts = [ids.slice(0, splitAt), ids.slice(splitAt)].filter((part) => part.length > 0);
      for (const [p, eventIds] of parts.entries())
        for (let again = 0; again < puts; again++)
          batches[where[(p * 2 + again) % 4] ?? 0]?.push({
            id: `record-${put++}`,
            app: "web",
            trusted: false,
            batchId: kind === "timed" ? timedId(noon, n) : untimedId(n),
            receivedAt: iso(noon + 150_000 + delay),
            eventIds,
            digest: `${c} ${p}`,
          });
    }
  }
  return batches;
}

function truthOf(all: Requests): string[] {
  return all
    .flatMap(({ events, copies }, n) => {
      const most = Math.max(...copies.map(({ lacks }) => Math.max(1, events - lacks)));
      return Array.from({ length: most }, (_, i) => `event-${n}-${i}`);
    })
    .sort();
}

describe("findRepeats", () => {
  test("lets each event count once, whatever differs between copies, however batches come, and however full pages are", async () => {
    const order = fc.array(fc.nat(7), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        requests,
        order,
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        async (all, first, together, most) => {
          const { ledger } = createLedger(most);
          const batches = toBatches(all);
          const tries = [...first, ...batches.keys()];
          const run = async (n: number) => {
            const records = batches[n] ?? [];
            // A retry brings the records in another order, to a function with an empty cache.
            const some = n % 2 === 0 ? records : records.toReversed();
            return { n, repeats: await findRepeats(ledger, createPages(), { id: `batch-${n}`, expires: 0 }, some) };
          };
          const results = [];
          if (together) results.push(...(await Promise.all(tries.map(run))));
          else for (const n of tries) results.push(await run(n));

          const counted = new Map<number, string>();
          for (const { n, repeats } of results) {
            const events = (batches[n] ?? []).flatMap(({ id, eventIds }) =>
              eventIds.filter((_, i) => !repeats.get(id)?.has(i)),
            );
            const known = counted.get(n);
            if (known !== undefined) expect(events.sort().join()).toBe(known);
            counted.set(n, events.sort().join());
          }
          const all_ = [...counted.values()].flatMap((events) => (events === "" ? [] : events.split(",")));
          expect(all_.sort()).toEqual(truthOf(all));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("remembers pages in a warm function, and decides the same", async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (all) => {
        const batches = toBatches(all);
        const decide = async (pages: () => Pages) => {
          const { ledger } = createLedger(2);
          const results = [];
          for (const n of [...batches.keys(), 6, 3, 0])
            results.push(await findRepeats(ledger, pages(), { id: `batch-${n}`, expires: 0 }, batches[n] ?? []));
          return results;
        };
        const warm = createPages();
        expect(await decide(() => warm)).toEqual(await decide(createPages));
      }),
      { numRuns: 100 },
    );
  });

  test("counts an event of another app, and one of a trusted key, beside the same ids", async () => {
    const { ledger } = createLedger(10);
    const record = { batchId: timedId(noon, 1), receivedAt: iso(noon), eventIds: ["a"], digest: "", trusted: false };
    const records = ["web", "shop", "server"].map((app) => ({ ...record, id: app, app }));
    expect((await findRepeats(ledger, createPages(), { id: "b", expires: 0 }, records)).size).toBe(0);
  });

  test("never lets a page grow beyond its bound, and takes no more for first at its deepest", async () => {
    const { ledger, logs } = createLedger(2);
    const send = (n: number, batchId: string) => {
      const record = {
        id: "r",
        app: "web",
        trusted: false,
        batchId,
        receivedAt: iso(noon),
        eventIds: [`${n}`],
        digest: "",
      };
      return findRepeats(ledger, createPages(), { id: `batch-${n}`, expires: 0 }, [record]);
    };
    const results = [];
    for (let n = 0; n < 40; n++) results.push((await send(n, timedId(noon, 1))).size);
    expect(Math.max(...[...logs.values()].map((log) => log.length))).toBe(2);
    const counted = 2 * (DEEPEST_PAGE + 1);
    expect(results).toEqual([...Array<number>(counted).fill(0), ...Array<number>(40 - counted).fill(1)]);
    // Another request of that minute still counts.
    expect((await send(99, timedId(noon, 2))).size).toBe(0);
  });
});

describe("pagesOf", () => {
  const place = (batchId: string, at: number, trusted = false) => pagesOf({ batchId, receivedAt: iso(at), trusted });
  const minute = Math.floor(noon / 60_000);
  const window = Math.floor(noon / 300_000);
  const day = 86_400_000;

  test("believes a minute near the time of receipt, and any of a trusted key", () => {
    const id = timedId(noon, 1);
    expect(place(id, noon)).toEqual({ pages: [`m${minute}`], window: undefined });
    expect(place(id, noon + 8 * day - 1).pages).toEqual([`m${minute}`]);
    expect(place(id, noon - 3_599_999).pages).toEqual([`m${minute}`]);
    for (const at of [noon + 8 * day, noon - 3_600_000, noon + 3650 * day]) {
      const w = Math.floor(at / 300_000);
      expect(place(id, at)).toEqual({ pages: [`w${w - 1}`, `w${w}`], window: w });
      expect(place(id, at, true).pages).toEqual([`m${minute}`]);
    }
  });

  test("takes the five minutes of receipt and those before for any other id", () => {
    for (const id of [untimedId(1), "", "7", "not a uuid at all"]) {
      expect(place(id, noon)).toEqual({ pages: [`w${window - 1}`, `w${window}`], window });
      expect(place(id, noon, true).window).toBe(window);
    }
  });

  test("names the pages below by the digits of a request", () => {
    expect(pageBelow("m5", "abc")).toBe("m5/a");
    expect(pageBelow("m5/a", "abc")).toBe("m5/ab");
  });
});
