import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApiText } from "../scripts/openapi.ts";
import { collect } from "../src/collect/collect.ts";
import { catalog } from "../src/metrics/catalog.ts";
import { toMetrics } from "../src/query/status/status.ts";
import { type ProblemCode, problemOf, problems } from "../src/schemas/problems.ts";
import { clickRow } from "./fixtures/event-rows.ts";
import { type Stage, startStage } from "./handlers/local-stage.ts";

const document = JSON.parse(openApiText());
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, "openapi");

/** What is wrong with a value according to a component's schema; nothing if it is valid. */
function problemsOf(component: string, value: unknown): unknown {
  const validate = ajv.getSchema(`openapi#/components/schemas/${component}`);
  expect(validate, component).toBeDefined();
  return validate?.(value) ? [] : validate?.errors;
}

const context = {
  now: Date.UTC(2026, 10, 22),
  newId: () => crypto.randomUUID(),
  timezone: "Asia/Seoul",
  visitorSalt: "salt",
  maxLatenessDays: 7,
  eventsStreams: ["events"] as [string],
};
const send = (body: unknown) =>
  collect(
    {
      body: JSON.stringify(body),
      caller: { app: "web", trusted: true },
      address: "",
      userAgent: "",
      country: undefined,
      acceptLanguage: "",
    },
    context,
  ).answer;

describe("docs/openapi.json", () => {
  test("is what the schemas say (npm run openapi writes it)", async () => {
    expect(await readFile("docs/openapi.json", "utf8")).toBe(openApiText());
  });

  test("has every route of serverless.yml, and no other", async () => {
    const routes = (await readFile("serverless.yml", "utf8")).matchAll(/httpApi: (GET|POST|HEAD|DELETE) (\/v1\/\S+)/g);
    const deployed = [...routes].map(([, method, path]) => `${method} ${path}`);
    const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(deployed.sort());
  });

  test("refers only to what exists", () => {
    const refs = [...openApiText().matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect([...new Set(refs)].filter((name) => !(name !== undefined && name in document.components.schemas))).toEqual(
      [],
    );
  });
});

describe("the described events", () => {
  test.each([
    ["Event", { name: "click", target: "x" }, true],
    ["Event", { name: "click" }, false],
    ["Event", { name: "payment", amount: 1.5, currency: "KRW" }, false],
    ["Event", { name: "signup", anything: { a: 1 } }, true],
    ["Event", { name: "Bad Name" }, false],
    ["EventBatch", { batch_id: "7", events: [{ name: "login" }] }, false],
    ["EventBatch", { sent_at: 5, events: [{ name: "login" }] }, true],
    ["EventBatch", { events: [] }, false],
  ])("%s %j: valid is %s", (component, value, isValid) => {
    const valid = expect.objectContaining({ length: 0 });
    expect(problemsOf(component, value)).toEqual(isValid ? valid : expect.not.objectContaining({ length: 0 }));
  });

  test("hold for whatever collect accepts", () => {
    const event = fc.record(
      {
        name: fc.constantFrom("page_view", "click", "payment", "login", "access_log", "signup"),
        url: fc.option(fc.webUrl(), { freq: 3 }),
        target: fc.oneof(fc.string({ maxLength: 300 }), fc.constant(null), fc.integer()),
        amount: fc.oneof(fc.integer(), fc.double(), fc.constant(null)),
        currency: fc.constantFrom("KRW", "usd", "won", null, 5),
        status: fc.oneof(fc.integer({ min: 90, max: 610 }), fc.string()),
        occurred_at: fc.oneof(
          fc.integer({ min: 0, max: Date.UTC(3000, 0) }),
          fc.constant("2026-01-01T00:00:00Z"),
          fc.string(),
        ),
        event_id: fc.oneof(fc.uuid(), fc.string(), fc.constant(null)),
        properties: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), fc.constant(null)),
      },
      { requiredKeys: ["name"] },
    );
    let accepted = 0;
    fc.assert(
      fc.property(event, (value) => {
        const sent = JSON.parse(JSON.stringify(value));
        if (send([sent]).status !== 202) return;
        accepted++;
        expect(problemsOf("Event", sent)).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

describe("the described answers", () => {
  test("are those of collect", () => {
    for (const body of [
      { name: "login" },
      [{ name: "login" }, { name: "click" }],
      [],
      "x",
      [{ name: 5, event_id: "e" }],
    ])
      expect(problemsOf("CollectAnswer", send(body).body)).toEqual([]);
  });

  test("are those of a refusal", () => {
    for (const code of Object.keys(problems) as ProblemCode[])
      expect([code, problemsOf("Problem", problemOf(code, "why", "id"))]).toEqual([code, []]);
    const refused = send([]).body;
    expect(problemsOf("NoneAccepted", problemOf("no_event_accepted", "why", undefined, refused))).toEqual([]);
    expect(problemsOf("NoneAccepted", problemOf("no_event_accepted", "why", undefined))).not.toEqual([]);
  });

  test("are those of the list of metrics", () => {
    expect(problemsOf("Metrics", toMetrics(catalog))).toEqual([]);
  });

  describe("on the local engines", () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await startStage();
    });
    afterAll(async () => await stage[Symbol.asyncDispose]());

    test("are those of the query function", async () => {
      const today = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Seoul" }).format();
      await stage.take([clickRow({ day: today })]);
      const asked: [string, string, number][] = [
        ["Metric", `/v1/metrics/clicks?from=${today}&to=${today}&by=target&interval=day`, 200],
        ["Metric", "/v1/metrics/revenue?by=currency", 200],
        ["Live", "/v1/live/clicks", 200],
        ["Status", "/v1/status", 200],
        ["Metrics", "/v1/metrics", 200],
        ["Problem", "/v1/metrics/nonsense", 404],
        ["Problem", "/v1/metrics/clicks?from=2026-02-02&to=2026-02-01", 400],
      ];
      for (const [component, path, status] of asked) {
        const answer = await stage.get(path);
        expect([path, answer.status, problemsOf(component, answer.body)]).toEqual([path, status, []]);
      }
    });
  });
});
