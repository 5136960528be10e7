import { expect, test } from "vitest";
import { emptyPage, readOn } from "../../src/stream/known-page.ts";
import { packClaims, requestOf } from "../../src/stream/request-claims.ts";

test("a page keeps of what was read from the table the claims alone, not the memory that they lay in", () => {
  const page = emptyPage("m29390400");
  const batches = Array.from({ length: 20 }, (_, i) => {
    const claims = packClaims([{ request: requestOf("web", `batch ${i}`), window: undefined, events: [i] }]);
    const shared = new Uint8Array(65_536);
    shared.set(claims, 512);
    return shared.subarray(512, 512 + claims.length);
  });
  readOn(page, 0, batches);
  expect([page.batches, page.requests.size]).toEqual([20, 20]);
  const kept = new Set([...page.requests.values()].flat().map(({ claim }) => claim.bytes.buffer));
  const bytes = [...kept].reduce((sum, buffer) => sum + buffer.byteLength, 0);
  expect(bytes).toBe(batches.reduce((sum, claims) => sum + claims.length, 0));
});
