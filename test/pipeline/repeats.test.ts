import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Claim,
  emptyPage,
  isRepeat,
  packClaims,
  pagesOf,
  readOn,
  toClaim,
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
  const page = emptyPage("m0");
  readOn(page, 0, log.slice(0, place + 1).map(packClaims));
  return (log[place] ?? []).filter((claim) => !isRepeat(page, place, claim));
}

describe("a claim", () => {
  it("names app and request, when this copy came, and its content, the same in every release", () => {
    // 8 bytes of SHA-256 over app, NUL and batch id; 1795309800000 % 2 ** 32; the first 4 bytes of the content's hash.
    const row = {
      app: "web",
      batch_id: "7f0c1de2-3a5b-4c6d-8e9f-0123456789ab",
      received_at: "2026-11-22T01:10:00.000Z",
    };
    expect(toClaim(row, Buffer.from("0102030405", "hex"))).toEqual({
      request: "jv38eTslXjc",
      copy: 13_470_272,
      part: 0x01020304,
    });
  });

  it("is 16 bytes in the ledger, the same in every release", () => {
    const first = { request: "AQIDBAUGBwg", copy: 0x090a0b0c, part: 0x0d0e0f10 };
    const second = { request: "AAAAAAAAAAA", copy: 0, part: 4_294_967_295 };
    const packed = packClaims([first, second]);
    expect(Buffer.from(packed).toString("hex")).toBe(
      "0102030405060708090a0b0c0d0e0f10" + "000000000000000000000000ffffffff",
    );
    // DynamoDB's client gives bytes that may stand inside of a larger buffer.
    expect(unpackClaims(Buffer.concat([Buffer.of(7), packed]).subarray(1))).toEqual([first, second]);
    expect(unpackClaims(packClaims([]))).toEqual([]);
  });
});

describe("one page of a request", () => {
  const claim = (copy: number, part = 1): Claim => ({ request: "AAAAAAAAAAA", copy, part });
  const logOf = (name: string, ...batches: Claim[][]) => {
    const page = emptyPage(name);
    readOn(page, 0, batches.map(packClaims));
    return page;
  };

  it("knows nothing against a request that it does not hold", () => {
    expect(isRepeat(emptyPage("w5"), 0, claim(1))).toBe(false);
    expect(isRepeat(logOf("m1", [{ ...claim(1), request: "BBBBBBBBBBA" }]), 1, claim(1))).toBe(false);
  });

  it("is the same whether its log is read at once or in pieces, some of them twice", () => {
    const log = [[claim(4, 1)], [claim(3, 1)], [claim(4, 2)], [claim(4, 3)]].map(packClaims);
    const page = emptyPage("m1");
    readOn(page, 0, log.slice(0, 1));
    readOn(page, 1, log.slice(1, 3));
    expect(page.batches).toBe(3);
    readOn(page, 2, log.slice(2));
    readOn(page, 0, log);
    const atOnce = emptyPage("m1");
    readOn(atOnce, 0, log);
    expect(page).toEqual(atOnce);
    expect([1, 2, 3].map((part) => isRepeat(page, 3, claim(4, part)))).toEqual([true, true, false]);
  });

  it("lets the first batch own a record, and later ones only what is new of the same copy", () => {
    const page = logOf("m1", [claim(4, 1)], [claim(4, 1), claim(4, 2)], [claim(4, 1), claim(4, 2), claim(4, 3)]);
    const repeats = [0, 1, 2].map((place) => [1, 2, 3].map((part) => isRepeat(page, place, claim(4, part))));
    expect(repeats).toEqual([
      [false, false, false],
      [true, false, false],
      [true, true, false],
    ]);
    expect(isRepeat(page, 3, claim(4, 9))).toBe(false);
    expect(isRepeat(page, 3, claim(5, 9))).toBe(true);
  });

  it.each([[[claim(4, 2), claim(9, 1)]], [[claim(9, 1), claim(4, 2)]]])(
    "gives nothing of a copy that does not count to the one that does, whichever stands first (%#)",
    (batch) => {
      const page = logOf("m1", batch, [claim(4, 1), claim(3, 1)]);
      expect(batch.map((one) => isRepeat(page, 0, one))).toEqual(batch.map(({ copy }) => copy === 9));
      expect(isRepeat(page, 1, claim(4, 1))).toBe(false);
      // Received before the other, but its batch came later.
      expect(isRepeat(page, 1, claim(3, 1))).toBe(true);
    },
  );

  // Page w5 begins at 1,500,000; copies of these five minutes began on page w4, those of the next on this one.
  it.each([
    ["the first stands before", [[claim(1_500_000)], [claim(1_800_000)]], [false, true]],
    ["the second stands before", [[claim(1_800_000)], [claim(1_500_000)]], [true, false]],
    ["both stand in one batch", [[claim(1_800_000), claim(1_500_000)]], [false, true]],
    ["the first comes again later", [[claim(1_500_000)], [claim(1_800_000)], [claim(1_500_000)]], [false, true]],
  ])("lets one of two copies of neighbouring five minutes count when %s", (_, log, expected) => {
    const page = logOf("w5", ...log);
    const placeOf = (copy: number) => log.findIndex((batch) => batch.some((one) => one.copy === copy));
    expect([1_500_000, 1_800_000].map((copy) => isRepeat(page, placeOf(copy), claim(copy)))).toEqual(expected);
  });

  it.each([
    [1_499_999, true],
    [1_500_000, false],
    [1_799_999, false],
    [1_800_000, true],
  ])("leaves copies of its own five minutes to the page before, among them not that of %i: %s", (copy, repeat) => {
    // A copy of the page before stands first, so that every copy of this page is a repeat.
    expect(isRepeat(logOf("w5", [claim(1_600_000)]), 1, claim(copy, 2))).toBe(repeat);
  });

  it("of a minute has no page before", () => {
    expect(emptyPage("m29921830")).toEqual({ start: undefined, batches: 0, requests: new Map() });
    expect(emptyPage("w5984366")).toEqual({ start: 13_470_272, batches: 0, requests: new Map() });
    expect(isRepeat(logOf("m5", [claim(1_800_000)]), 1, claim(1_500_000))).toBe(true);
    expect(isRepeat(logOf("m0", [claim(0)]), 1, claim(1))).toBe(true);
  });
});

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
        const page = emptyPage("m0");
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

  it.each([
    ["2026-11-22T01:09:59.999Z", ["w5984364", "w5984365"]],
    ["2026-11-22T01:10:00.000Z", ["w5984365", "w5984366"]],
    ["2026-11-22T01:14:59.999Z", ["w5984365", "w5984366"]],
  ])("is the five minutes of %s and those before for any other id", (receivedAt, pages) => {
    expect(pagesOf("7f0c1de2-3a5b-4c6d-8e9f-0123456789ab", receivedAt)).toEqual(pages);
    expect(pagesOf("77777777-7777-4777-8777-777777777777", receivedAt)).toEqual(pages);
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
