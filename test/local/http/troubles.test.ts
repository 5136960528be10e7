import { expect, test } from "vitest";
import { refuseInTrouble, withTroubles } from "../../../local/http/troubles.ts";
import { createTroubles, type Trouble } from "../../../local/troubles.ts";

const damage: Trouble = { kind: "damage", summary: "A file is damaged", detail: "/home/a is damaged" };
const full: Trouble = { kind: "unwritable", summary: "The disk is full", detail: "/home is full" };
const gone: Trouble = { kind: "gone", summary: "The home is gone", detail: "/home is gone" };
const answer = (status: number, body: object = { a: 1 }) => ({ status, headers: {}, body: JSON.stringify(body) });
const having = (...all: Trouble[]) => {
  const troubles = createTroubles(() => {});
  for (const [index, one] of all.entries()) troubles.set(`${index}`, one);
  return troubles;
};

test("an answer is left alone while nothing is wrong", async () => {
  for (const path of ["/v1/status", "/v1/health", "/v1/events"])
    for (const status of [200, 500]) expect(await withTroubles(path, answer(status), having())).toEqual(answer(status));
  expect(refuseInTrouble("/v1/events", having())).toBeUndefined();
});

test("damage that is over is named, and nothing else changes", async () => {
  const troubles = having(damage);
  for (const path of ["/v1/status", "/v1/health"])
    expect(await withTroubles(path, answer(200), troubles)).toEqual(answer(200, { a: 1, problems: [damage.summary] }));
  expect(await withTroubles("/v1/metrics/clicks", answer(200), troubles)).toEqual(answer(200));
  expect(await withTroubles("/v1/metrics/clicks", answer(500), troubles)).toEqual(answer(500));
  expect(refuseInTrouble("/v1/events", troubles)).toBeUndefined();
});

test("what fails while a disk is full is to be tried again, and the health says that it fails", async () => {
  const troubles = having(full);
  const { status, headers } = await withTroubles("/v1/metrics/clicks", answer(500), troubles);
  expect([status, headers]).toEqual([503, expect.objectContaining({ "retry-after": "5" })]);
  const health = await withTroubles("/v1/health", answer(200, { status: "ok" }), troubles);
  expect([health.status, health.problem]).toEqual([
    503,
    expect.objectContaining({ code: "failing", status: 503, problems: [full.summary] }),
  ]);
  expect((await withTroubles("/v1/status", answer(200), troubles)).status).toBe(200);
  expect(refuseInTrouble("/v1/metrics/clicks", troubles)).toBeUndefined();
});

test("an answer to HEAD has no body to which anything is added", async () => {
  const empty = { status: 200, headers: {}, body: "" };
  for (const path of ["/v1/status", "/v1/health"])
    expect(await withTroubles(path, empty, having(damage))).toEqual(empty);
  expect(await withTroubles("/v1/status", empty, having(full))).toEqual(empty);
  expect((await withTroubles("/v1/health", empty, having(full))).status).toBe(503);
});

test("a failure has the machine looked at, so that its cause is known at once", async () => {
  const troubles = having();
  troubles.onCheck(async () => troubles.set("home", full));
  expect((await withTroubles("/v1/events", answer(500), troubles)).status).toBe(503);
});

test("nothing but the health is asked when the home is gone, and no answer says where it was", () => {
  const troubles = having(gone);
  const refusal = refuseInTrouble("/v1/metrics/clicks", troubles);
  expect(refusal).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
  expect(JSON.stringify(refusal)).not.toContain("/home");
  expect(refuseInTrouble("/v1/health", troubles)).toBeUndefined();
});

test("the log says once when a trouble begins, and when it is over", () => {
  const said: string[] = [];
  const troubles = createTroubles((message) => said.push(message));
  for (const trouble of [full, full, undefined, undefined, full]) troubles.set("home", trouble);
  expect(said).toEqual([full.detail, `No more: ${full.summary}`, full.detail]);
});
