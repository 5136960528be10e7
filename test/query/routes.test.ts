import { expect, test } from "vitest";
import type { createQuery } from "../../src/query/query.ts";
import { answerRoute } from "../../src/query/routes.ts";

type Query = ReturnType<typeof createQuery>;

const ofWholeStage = { robots: 5, data_from: "2015-01-02", data_to: "2015-03-04" };
/** A query that answers with what it was asked. */
const asked = {
  metric: async ({ query }: { query: string }) => ({ query, total: 1, ...ofWholeStage }),
} as unknown as Query;
const ask = (query: string, where: Record<string, string>) =>
  answerRoute(asked, "GET /v1/metrics/{metric}", { metric: "clicks", query }, { kind: "share", where });

test.each([
  ["", "app=web"],
  ["by=path&from=2026-01-01", "by=path&from=2026-01-01&app=web"],
  ["app=web", "app=web"],
  ["by=app", "by=app&app=web"],
])("a shared link's filter is added to %j", async (query, sent) => {
  expect(await ask(query, { app: "web" })).toEqual({ status: 200, body: { query: sent, total: 1 } });
});

test.each(["app=shop", "app=", "app=web&app=shop", "app=Web", "%61pp=shop"])(
  "%j asks for more than the link shows",
  async (query) => {
    await expect(ask(query, { app: "web" })).rejects.toMatchObject({ status: 403 });
  },
);

test("a filter of a shared link may be any text, and stays one parameter", async () => {
  const { body } = await ask("by=device", { target: "a&app=shop=+%" });
  expect([...new URLSearchParams((body as { query: string }).query)]).toEqual([
    ["by", "device"],
    ["target", "a&app=shop=+%"],
  ]);
});

test("an owner's question is passed on as it is, and says what is of the whole stage", async () => {
  const request = { metric: "clicks", query: "app=shop" };
  const { body } = await answerRoute(asked, "GET /v1/metrics/{metric}", request, { kind: "owner" });
  expect(body).toEqual({ query: "app=shop", total: 1, ...ofWholeStage });
});
