import { expect, test, vi } from "vitest";
import { AwsError } from "../../local/endpoint/aws-error.ts";
import { createFaults } from "../../local/faults.ts";

test("check is not even a promise when no rule is set", () => {
  expect(createFaults().check("firehose.put")).toBeUndefined();
});

test("check throws the rule's error as often as it says, after the passes it lets go", async () => {
  const faults = createFaults();
  faults.set([{ point: "p", action: "error", code: "ThrottlingException", status: 400, skip: 1, times: 2 }]);
  const passes = [];
  for (let i = 0; i < 5; i++) passes.push(await Promise.resolve(faults.check("p")).catch((error) => error));
  expect(passes.map((pass) => pass?.code)).toEqual([
    undefined,
    "ThrottlingException",
    "ThrottlingException",
    undefined,
    undefined,
  ]);
  expect(passes[1]).toBeInstanceOf(AwsError);
  expect(passes[1].status).toBe(400);
  expect(faults.report()).toEqual({ p: { passed: 5, applied: 2 } });
});

test("a value with a star at its end stands for every text that begins so", async () => {
  const faults = createFaults();
  faults.set([{ point: "p", action: "error", where: { update: "ADD #a :one*" } }]);
  await faults.check("p", { update: "SET #a = :one" });
  await faults.check("p", {});
  for (const update of ["ADD #a :one", "ADD #a :one, #b :one"])
    await expect(faults.check("p", { update })).rejects.toThrow();
});

test("a star alone stands for every text, and not for none", async () => {
  const faults = createFaults();
  faults.set([{ point: "p", action: "error", where: { update: "*" } }]);
  await faults.check("p", {});
  await expect(faults.check("p", { update: "SET #a = :one" })).rejects.toThrow();
});

test("check applies a rule only at its point and where the context matches", async () => {
  const faults = createFaults();
  faults.set([{ point: "p", action: "error", where: { stream: "a" } }]);
  await faults.check("q", { stream: "a" });
  await faults.check("p", { stream: "b" });
  await expect(faults.check("p", { stream: "a" })).rejects.toThrow("Injected fault at p");
});

test("check names the entries of a partial failure, at least one and only existing ones", async () => {
  const faults = createFaults({ random: () => 0.9 });
  faults.set([{ point: "p", action: "partial", indexes: [0, 2, 9] }]);
  expect(await faults.check("p", { count: 3 })).toEqual({
    indexes: new Set([0, 2]),
    code: "ServiceUnavailableException",
  });
  faults.set([{ point: "p", action: "partial" }]);
  expect(await faults.check("p", { count: 3 })).toMatchObject({ indexes: new Set([2]) });
});

test("check dies when told to, and only with the given probability", async () => {
  const exit = vi.fn();
  let chance = 0.6;
  const faults = createFaults({ random: () => chance, exit });
  faults.set([{ point: "p", action: "exit", probability: 0.5 }]);
  await faults.check("p");
  expect(exit).not.toHaveBeenCalled();
  chance = 0.4;
  await faults.check("p");
  expect(exit).toHaveBeenCalledOnce();
});

test("a delay ends when the rules are replaced, so that a test says when what it holds goes on", async () => {
  const faults = createFaults();
  faults.set([{ point: "p", action: "delay", delayMs: 3_600_000 }]);
  const held = Promise.all(Array.from({ length: 20 }, () => faults.check("p")));
  expect(await Promise.race([held, new Promise((resolve) => setTimeout(resolve, 20, "held"))])).toBe("held");
  faults.set([]);
  await held;
});

test.each([
  [{}],
  [[{ point: "p" }]],
  [[{ point: "p", action: "explode" }]],
  [[{ point: "p", action: "exit", typo: 1 }]],
  [[{ point: "", action: "exit" }]],
  [[{ point: { length: { toString: 1 } }, action: "exit" }]],
  ["x"],
])("set refuses %j and says why", (rules) => expect(() => createFaults().set(rules)).toThrow(/Cannot set faults/));
