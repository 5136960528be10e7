/** Durations are of time in which a page was seen, whatever the clocks of the machine do. */
import { expect } from "vitest";
import { visitFields } from "../../src/collect/event/visit-state.ts";
import { visit } from "../browser/chromium.ts";
import { slowTest, testTable } from "../gears.ts";
import { onPages } from "./on-pages.ts";
import { setVisibility } from "./visibility.ts";

const on = onPages();
const { open, leave, sent } = on;
const shift = (ms: number) => {
  const [Real, now] = [Date, Date.now];
  Date.now = () => now() + ms;
  window.Date = new Proxy(Real, {
    construct: (target, args) => Reflect.construct(target, args.length > 0 ? args : [now() + ms]),
  });
};

testTable<[string, number]>(
  "a clock that is put %s changes no duration",
  {
    examples: [["back by an hour", -3_600_000]],
    variants: [
      ["back by a minute", -60_000],
      ["back by a day", -86_400_000],
      ["on by 20 minutes", 1_200_000],
      ["on by a day", 86_400_000],
    ],
  },
  async (_, ms) => {
    await using visitor = await open("/clock");
    await visitor.page.waitForTimeout(300);
    await visitor.page.evaluate(shift, ms);
    await visitor.page.evaluate(() => window.daymark?.("looked"));
    await leave(visitor);
    await expect.poll(() => sent("page_leave").length).toBe(1);
    const left = sent("page_leave")[0];
    expect(left?.ms).toBeGreaterThanOrEqual(200);
    expect(left?.ms).toBeLessThan(20_000);
    expect(left?.ms).toBe(Math.trunc(Number(left?.ms)));
    // What the server makes of the times that the beacon says.
    for (const event of [...sent("looked"), ...sent("page_leave")]) {
      const { elapsed_ms, visit_ms } = visitFields(event) ?? {};
      expect(elapsed_ms ?? 0).toBeGreaterThanOrEqual(0);
      expect(elapsed_ms ?? 0).toBeLessThanOrEqual(1_800_000);
      expect(visit_ms ?? 0).toBeGreaterThanOrEqual(0);
      expect(visit_ms ?? 0).toBeLessThanOrEqual(86_400_000);
    }
  },
);

testTable<[string, number]>(
  "a machine that sleeps for %s is not looked at meanwhile",
  {
    examples: [["eight hours", 8 * 3_600_000]],
    variants: [
      ["a minute", 60_000],
      ["a week", 7 * 86_400_000],
    ],
  },
  async (_, ms) => {
    await using visitor = await visit(on.browser);
    const { page } = visitor;
    await page.clock.install({ time: Date.now() - 10 * 86_400_000 });
    await page.goto(on.site.put("/sleep", on.collector.script));
    await page.waitForTimeout(300);
    await page.clock.fastForward(ms);
    await page.waitForTimeout(300);
    await leave(visitor);
    await expect.poll(() => sent("page_leave").length).toBe(1);
    expect(sent("page_leave").at(-1)?.ms).toBeGreaterThan(400);
    expect(sent("page_leave").at(-1)?.ms).toBeLessThan(15_000);
  },
);

slowTest("a page that is hidden is not looked at meanwhile, and one that is busy is", async () => {
  await using visitor = await open("/busy");
  await visitor.page.evaluate(() => {
    const end = performance.now() + 1500;
    while (performance.now() < end);
  });
  await setVisibility(visitor.page, "hidden");
  await visitor.page.waitForTimeout(1500);
  await setVisibility(visitor.page, "visible");
  await leave(visitor);
  await expect.poll(() => sent("page_leave").length).toBe(2);
  expect(sent("page_leave")[0]?.ms).toBeGreaterThan(1400);
  expect(sent("page_leave")[1]?.ms).toBeLessThan(1400);
});
