import { afterEach, expect, test, vi } from "vitest";
import { startHttpApi } from "../../../local/http/service.ts";
import { readBody } from "../../../src/middleware/http-body.ts";
import { createClient } from "../../../tools/import/client.ts";

afterEach(() => vi.unstubAllGlobals());

test("a batch for another machine is packed, and gets through an API that tells text by its type alone", async () => {
  const bodies: string[] = [];
  const sent: Headers[] = [];
  await using api = await startHttpApi({
    api: {
      routes: [{ method: "POST", path: "/v1/events", functionName: "collect" }],
      cors: undefined,
      throttle: undefined,
      timeoutMs: 30_000,
    },
    port: 0,
    invoke: async (_, event) => {
      bodies.push(readBody(event as Parameters<typeof readBody>[0], 1000));
      return { payload: { statusCode: 202, body: '{"accepted":1,"rejected":[]}' } };
    },
  });
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", (url: URL, init: RequestInit) => {
    sent.push(new Headers(init.headers));
    return fetch(new URL(url.pathname, api.url), init);
  });
  const body = '[{"name":"하루"}]';
  const client = createClient({ url: "https://daymark.example/", key: "tk", patienceMs: 0 });
  await client.send({ id: "1", body, lines: [] });
  expect(bodies).toEqual([body]);
  expect(sent[0]?.get("content-encoding")).toBe("gzip");
});
