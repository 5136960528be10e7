import { expect, test } from "vitest";
import type { ReceivedAnswer } from "../../../src/dashboard/ask/answers.ts";
import { allGroups } from "../../../src/dashboard/breakdowns/all-groups.ts";

const about = {
  metric: "page_views",
  from: "",
  to: "",
  timezone: "UTC",
  sealed_through: null,
  history: 0,
  realtime: 0,
};
const paths = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `/${i}`, value: 1 }));

/** An API with so many groups of 1 each, and so much that is in none. */
function api(count: number, apart = 0) {
  const asked: { limit: number; offset: number }[] = [];
  const ask = async (page: { limit: number; offset: number }): Promise<ReceivedAnswer> => {
    asked.push(page);
    const groups = paths(count).slice(page.offset, page.offset + page.limit);
    const other = count + apart - groups.length;
    return { ...about, total: count + apart, groups, groups_total: count, ...(other !== 0 && { other }) };
  };
  return { ask, asked };
}

test("1,368 paths are two pages, and nothing is left", async () => {
  const { ask, asked } = api(1368);
  expect(await allGroups(ask, 10_000)).toEqual({ groups: paths(1368), other: undefined, left: 0 });
  expect(asked).toEqual([
    { limit: 1000, offset: 0 },
    { limit: 1000, offset: 1000 },
  ]);
});

test("what is in no group, and how many groups are not listed, is said", async () => {
  expect(await allGroups(api(1368, 7).ask, 10_000)).toMatchObject({ other: 7, left: 0 });
  const { ask, asked } = api(1368);
  expect(await allGroups(ask, 1000)).toMatchObject({ other: 368, left: 368 });
  expect(asked).toEqual([{ limit: 1000, offset: 0 }]);
  expect((await allGroups(api(20_000).ask, 10_000)).left).toBe(10_000);
});

test("few groups are one question, and none are none", async () => {
  const { ask, asked } = api(3);
  expect(await allGroups(ask, 10_000)).toMatchObject({ groups: paths(3), left: 0 });
  expect(asked).toHaveLength(1);
  expect(await allGroups(api(0).ask, 10_000)).toEqual({ groups: [], other: undefined, left: 0 });
});
