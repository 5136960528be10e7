import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { createAdmission } from "../../../local/http/admission.ts";

const limits = { calls: 2, waiting: 2, waitMs: 5_000, bodyBytes: 100 };

/** Calls that end when they are told to. */
function startCalls(admission: ReturnType<typeof createAdmission>, names: string[]) {
  let running = 0;
  let most = 0;
  const ends: (() => void)[] = [];
  const results = names.map((name) =>
    admission.run(name, "sender", async () => {
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
  expect(await admission.run("a", "sender", async () => "again")).toBe("again");
});

test("a call that throws gives its place back", async () => {
  const admission = createAdmission({ ...limits, calls: 1, waiting: 0 });
  await expect(admission.run("a", "sender", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await admission.run("a", "sender", async () => 1)).toBe(1);
});

test("bytes are taken while there is room, and there is room again when they are given back", () => {
  const admission = createAdmission(limits);
  const open = () => admission.openBody("sender", () => expect.fail("nobody has less"));
  const [first, second] = [open(), open()];
  expect([first.hold(60), second.hold(41), second.hold(40)]).toEqual([true, false, true]);
  first.release();
  expect(second.hold(60)).toBe(true);
});

test("a body gives way to that of a sender who holds less, the largest first, and only before it is whole", () => {
  const admission = createAdmission(limits);
  const gone: string[] = [];
  const open = (sender: string, name: string) => admission.openBody(sender, () => gone.push(name));
  const [small, large, settled, other] = [
    open("a", "small"),
    open("a", "large"),
    open("a", "whole"),
    open("b", "other"),
  ];
  expect([small.hold(20), large.hold(30), settled.hold(50)]).toEqual([true, true, true]);
  settled.settle();
  expect([other.hold(10), gone]).toEqual([true, ["large"]]);
  // The room of the body that was cut off is already free; releasing it again changes nothing.
  large.release();
  expect([other.hold(20), gone]).toEqual([true, ["large"]]);
  expect([other.hold(20), gone]).toEqual([true, ["large", "small"]]);
  // The complete one stays, and both senders now hold the same.
  expect([other.hold(1), gone]).toEqual([false, ["large", "small"]]);
});

test("senders take turns, and the last of whoever has most in the line is sent away for one who has less", async () => {
  const admission = createAdmission({ ...limits, calls: 1, waiting: 3 });
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const call = (sender: string, name: string) =>
    admission.run("f", sender, async () => {
      order.push(name);
      if (name === "a0") await first.promise;
      return name;
    });
  const calls = [call("a", "a0"), call("a", "a1"), call("a", "a2"), call("a", "a3"), call("b", "b1"), call("a", "a4")];
  expect(await calls[3]).toBeUndefined();
  expect(await calls[5]).toBeUndefined();
  first.resolve();
  expect(await Promise.all(calls)).toEqual(["a0", "a1", "a2", undefined, "b1", undefined]);
  expect(order).toEqual(["a0", "a1", "b1", "a2"]);
});
