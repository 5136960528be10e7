import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Claim,
  emptyPage,
  isRepeat,
  packClaims,
  pagesOf,
  readOn,
  unpackClaims,
} from "../../src/pipeline/repeats.ts";

const claims: fc.Arbitrary<Claim> = fc.record({
  request: fc.constantFrom("AAAAAAAAAAA", "BBBBBBBBBBA", "CCCCCCCCCCA"),
  copy: fc.integer({ min: 0, max: 3 }),
  part: fc.integer({ min: 0, max: 2 }),
});
const logs = fc.array(fc.array(claims, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 });

/** What a batch decides when it has read the log up to its own place. */
function decide(log: Claim[][], place: number): Claim[] {
  const page = emptyPage();
  readOn(page, 0, log.slice(0, place + 1).map(packClaims));
  return (log[place] ?? []).filter((claim) => !isRepeat(page, place, claim));
}

describe("the request ledger", () => {
  it("counts each record of exactly one copy of each request, once", () => {
    fc.assert(
      fc.property(logs, (log) => {
        const counted = log.flatMap((_, place) =>
          new Set(decide(log, place).map((claim) => JSON.stringify(claim))).values().toArray(),
        );
        expect(new Set(counted).size).toBe(counted.length);
        for (const request of new Set(log.flat().map((claim) => claim.request))) {
          const copies = new Set(
            counted
              .map((c): Claim => JSON.parse(c))
              .filter((c) => c.request === request)
              .map((c) => c.copy),
          );
          expect(copies.size).toBe(1);
          const [copy] = copies;
          const parts = new Set(
            log
              .flat()
              .filter((c) => c.request === request && c.copy === copy)
              .map((c) => c.part),
          );
          expect(counted.filter((c) => JSON.parse(c).request === request).length).toBe(parts.size);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("decides the same on a retry, after the log went on, and when the page was read in pieces", () => {
    fc.assert(
      fc.property(logs, fc.integer({ min: 0, max: 6 }), (log, cut) => {
        const packed = log.map(packClaims);
        const page = emptyPage();
        readOn(page, 0, packed.slice(0, cut));
        readOn(page, 0, packed);
        readOn(page, 1, packed.slice(1));
        for (const [place, batch] of log.entries()) {
          expect(batch.filter((claim) => !isRepeat(page, place, claim))).toEqual(decide(log, place));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("lets the copy count that was received first when one batch holds several", () => {
    const log = [
      [
        { request: "AAAAAAAAAAA", copy: 9, part: 1 },
        { request: "AAAAAAAAAAA", copy: 4, part: 2 },
      ],
    ];
    expect(decide(log, 0)).toEqual([{ request: "AAAAAAAAAAA", copy: 4, part: 2 }]);
  });

  it("reads back the claims it packed", () => {
    const some = [
      { request: "AAAAAAAAAAA", copy: 4_294_967_295, part: 0 },
      { request: "_-xyzXYZ010", copy: 0, part: 7 },
    ];
    expect(unpackClaims(packClaims(some))).toEqual(some);
  });
});

describe("two pages of a request", () => {
  const WINDOW_MS = 300_000;
  // Copies of windows 5 and 6, so that all share page w5; those of each window have another page together.
  const copies = fc.array(
    fc.record({ at: fc.integer({ min: 5 * WINDOW_MS, max: 7 * WINDOW_MS - 1 }), batch: fc.nat(4) }),
    { minLength: 1, maxLength: 6 },
  );
  const orders = fc.record({ w4: fc.nat(119), w5: fc.nat(119), w6: fc.nat(119) });

  it("count exactly one copy in whatever order batches come to stand in each page's log", () => {
    fc.assert(
      fc.property(copies, orders, fc.nat(2 ** 32), (all, order, offset) => {
        // Also where the 32 bits of a copy run over, every 49 days.
        const shift = offset - (offset % WINDOW_MS);
        const claims = all.map(({ at, batch }) => {
          const copy = (at + shift) % 2 ** 32;
          const pages = pagesOf("7f0c1de2-3a5b-4c6d-8e9f-0123456789ab", new Date(at + shift).toISOString());
          return { batch, pages, claim: { request: "AAAAAAAAAAA", copy, part: copy } };
        });
        const names = new Set(claims.flatMap(({ pages }) => pages));
        const first = Math.min(...[...names].map((name) => Number(name.slice(1))));
        const repeats = claims.map(() => false);
        for (const name of names) {
          const nth = Object.values(order)[Number(name.slice(1)) - first] ?? 0;
          const own = [0, 1, 2, 3, 4].filter((b) => claims.some((c) => c.batch === b && c.pages.includes(name)));
          const log = permutation(own, nth);
          const page = emptyPage(name);
          for (const [place, batch] of log.entries()) {
            const its = claims.filter((c) => c.batch === batch && c.pages.includes(name));
            readOn(page, place, [packClaims(its.map(({ claim }) => claim))]);
            for (const c of its) if (isRepeat(page, place, c.claim)) repeats[claims.indexOf(c)] = true;
          }
        }
        // Equal claims in one batch are told apart by the batch itself.
        const counted = new Set(
          claims.filter((_, i) => !repeats[i]).map(({ batch, claim }) => `${batch} ${claim.copy}`),
        );
        expect(counted.size).toBe(1);
      }),
      { numRuns: 3000 },
    );
  });
});

function permutation<T>(items: readonly T[], nth: number): T[] {
  const left = [...items];
  return items.flatMap((_, i) => left.splice(Math.floor(nth / (i + 1)) % left.length, 1));
}

describe("pagesOf", () => {
  it("is the minute of a version 7 id, whenever a copy is received", () => {
    const id = "0198f2f4-8c00-7aaa-8bbb-0123456789ab";
    expect(pagesOf(id, "2026-01-01T00:00:00.000Z")).toEqual(pagesOf(id, "2026-11-22T00:00:00.000Z"));
    expect(pagesOf(id, "2026-01-01T00:00:00.000Z")).toEqual([`m${Math.floor(0x0198f2f48c00 / 60_000)}`]);
  });

  it("shares a page between copies of any other id received within five minutes", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }),
        fc.nat(300_000 - 1),
        (first, later) => {
          const id = "7f0c1de2-3a5b-4c6d-8e9f-0123456789ab";
          const pages = [first, new Date(first.getTime() + later)].map(
            (date) => new Set(pagesOf(id, date.toISOString())),
          );
          expect(pages[0]?.intersection(pages[1] ?? new Set()).size).toBeGreaterThan(0);
        },
      ),
    );
  });
});
