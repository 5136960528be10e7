import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { createAdmission } from "../../local/http-admission.ts";

const limits = { calls: 2, waiting: 2, waitMs: 5_000, bodyBytes: 100 };

/** Calls that end when they are told to. */
function startCalls(admission: ReturnType<typeof createAdmission>, names: string[]) {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const results = names.map((name) =>
    admission.run(name, async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => ends.push(resolve));
      running--;
      return "done";
    }),
  );
  return { results, ends, most: () => most };
}

test("runs so many calls, lets so many wait in their order, and refuses the rest at once", async () => {
  const { results, ends, most } = startCalls(createAdmission(limits), ["a", "a", "a", "a", "a"]);
  expect(await results[4]).toBeUndefined();
  for (let i = 0; i < 4; i++) {
    expect(ends.length).toBeGreaterThan(i);
    ends[i]?.();
    expect(await results[i]).toBe("done");
    await wait(0);
  }
  expect(most()).toBe(2);
});

test("one function's calls do not keep another's from running", async () => {
  const { ends } = startCalls(createAdmission(limits), ["a", "a", "a", "b"]);
  await wait(0);
  expect(ends).toHaveLength(3);
});

test("a call that has waited for too long is refused, and its place in the line is free", async () => {
  const admission = createAdmission({ ...limits, waitMs: 20 });
  const { results, ends } = startCalls(admission, ["a", "a", "a"]);
  expect(await results[2]).toBeUndefined();
  for (const end of ends) end();
  await Promise.all(results);
  expect(await admission.run("a", async () => "again")).toBe("again");
});

test("a call that throws gives its place back", async () => {
  const admission = createAdmission({ ...limits, calls: 1, waiting: 0 });
  await expect(admission.run("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await admission.run("a", async () => 1)).toBe(1);
});

test("bytes are taken while there is room, and there is room again when they are given back", () => {
  const admission = createAdmission(limits);
  expect([admission.holdBytes(60), admission.holdBytes(41), admission.holdBytes(40)]).toEqual([true, false, true]);
  admission.releaseBytes(60);
  expect(admission.holdBytes(60)).toBe(true);
});
