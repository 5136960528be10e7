import fc from "fast-check";
import { expect, test } from "vitest";
import { readSearchPage } from "../../../src/sources/elasticsearch/hits.ts";

const page = (hits: string, total = '"total":{"value":3,"relation":"eq"},') =>
  ` {"pit_id": "p\\"1", "timed_out" : false, "_shards":{"total":1,"failed":0}, "hits":{${total}"hits":[${hits}]}} `;

test("documents are the texts that they were, whatever stands in them", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.jsonValue())), fc.constantFrom(undefined, 1, "\t"), (list, space) => {
      const texts = list.map(([id, value]) => ({
        id,
        source: JSON.stringify({ value, hits: { hits: [] } }, null, space),
      }));
      const hits = texts.map(
        ({ id, source }) => `{"_index":"i","_id":${JSON.stringify(id)},"_source" :${source} , "sort":[1, "x"]}`,
      );
      expect(readSearchPage(page(hits.join(" , "))).hits).toEqual(
        texts.map(({ id, source }) => ({ index: "i", id, source, sort: '[1, "x"]' })),
      );
    }),
  );
});

test("documents of 20 MB are read: a long string, many escapes, many numbers", () => {
  const size = 20 * 1024 * 1024;
  const sources = [
    `{"a":"${"x".repeat(size)}"}`,
    `{"a":"${'\\\\\\"'.repeat(size / 4)}\\\\"}`,
    `{"a":"${"\\\\".repeat(size / 2)}"}`,
    `{"a":[${"1,".repeat(size / 2)}1]}`,
  ];
  const hits = sources.map((source) => `{"_index":"i","_id":"1","_source":${source},"sort":[1]}`);
  const read = readSearchPage(page(hits.join(","))).hits.map(({ source }) => source);
  // toEqual would take minutes to show the difference.
  expect(sources.map((source, i) => source === read[i])).toEqual([true, true, true, true]);
});

test("a page says how many there are only if that is exact, and which point in time is next", () => {
  expect(readSearchPage(page(""))).toMatchObject({
    hits: [],
    total: 3,
    failedShards: 0,
    isTimedOut: false,
    pitId: 'p"1',
  });
  expect(readSearchPage(page("", '"total":{"value":10000,"relation":"gte"},')).total).toBeUndefined();
});

test("what is no page, or is cut, fails", () => {
  const whole = page('{"_index":"i","_id":"1","_source":{"a":[1,"}"]},"sort":[1]}').trim();
  for (let end = 0; end < whole.length; end++) expect(() => readSearchPage(whole.slice(0, end))).toThrow();
  expect(() => readSearchPage('{"error":"x"}')).toThrow(/has no hits/);
  expect(() => readSearchPage(page('{"_id":"1"}'))).toThrow(/no index, id or sort/);
});
