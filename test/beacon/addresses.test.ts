/** The address of the page is the one it has now, however it came to it, and a page is one view. */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Visitor } from "../browser/chromium.ts";
import { slowTest, test, testTable } from "../gears.ts";
import { onPages } from "./on-pages.ts";

const on = onPages();
const { open, leave, seen, sent } = on;
/** The page before, and the first page, of the list `visit` (src/collect/event/visit-state.ts). */
const lastPath = (visit: unknown) => (Array.isArray(visit) ? visit[1] || undefined : undefined);
const entry = (visit: unknown) => (Array.isArray(visit) ? visit[4] : undefined);
const pause = "await new Promise((done) => setTimeout(done, 700));";

testTable<[string, string, string[]]>(
  "%s",
  {
    examples: [
      ["pushState that was bound before", "bound('/to');", ["/app", "/to"]],
      ["the prototype's pushState", "History.prototype.pushState.call(history, {}, '', '/to');", ["/app", "/to"]],
      [
        "the Navigation API",
        "navigation.addEventListener('navigate', (e) => e.intercept({ handler: async () => {} })); navigation.navigate('/to');",
        ["/app", "/to"],
      ],
      [
        "two steps in one task",
        "history.pushState({}, '', '/my'); history.replaceState({}, '', '/login');",
        ["/app", "/login"],
      ],
      ["a view that the page reports", "history.replaceState(0, '', '?x'); daymark('page_view');", ["/app", "/app?x"]],
    ],
    variants: [
      [
        "pushState of a frame",
        "document.querySelector('iframe').contentWindow.History.prototype.pushState.call(history, {}, '', '/to');",
        ["/app", "/to"],
      ],
      [
        "a link that is intercepted",
        "navigation.addEventListener('navigate', (e) => e.intercept()); document.querySelector('a').click();",
        ["/app", "/to"],
      ],
      [
        "there and back in one task",
        "history.pushState({}, '', '/my'); history.replaceState({}, '', '/app');",
        ["/app"],
      ],
      [
        "two steps of a promise",
        "history.pushState({}, '', '/my'); await null; history.replaceState({}, '', '/login');",
        ["/app", "/login"],
      ],
      ["another query alone", "history.pushState({}, '', '?b=1');", ["/app"]],
      ["another fragment alone", "location.hash = 'b';", ["/app"]],
      [
        "a view that the page reports of what is seen anyway",
        "history.pushState(0, '', '/to?x'); daymark('page_view');",
        ["/app", "/to?x"],
      ],
      ["a view of an address of its own", "daymark('page_view', { url: '/virtual?a=1' });", ["/app", "/virtual?a=1"]],
      [
        "a view of an address as an object",
        "daymark('page_view', { url: new URL('/virtual', location) });",
        ["/app", "/virtual"],
      ],
      [
        "two steps, the second by a message",
        "history.pushState({}, '', '/my'); const { port1, port2 } = new MessageChannel(); port1.onmessage = () => history.replaceState({}, '', '/login'); port2.postMessage(0);",
        ["/app", "/login"],
      ],
      [
        "three steps in one task",
        "for (const to of ['/a', '/b', '/c']) history.pushState({}, '', to);",
        ["/app", "/c"],
      ],
      [
        "a page that has another base",
        "document.head.append(Object.assign(document.createElement('base'), { href: 'https://other.test/' })); history.pushState({}, '', location.origin + '/to');",
        ["/app", "/to"],
      ],
    ],
  },
  async (_, act, expected) => {
    const html = `<iframe></iframe><a href="/to"></a><script>const push = history.pushState.bind(history); const bound = (url) => push({}, "", url);</script>`;
    await using visitor = await open("/app", { first: html });
    await visitor.page.evaluate(`(async () => { ${act} ${pause} })()`);
    await leave(visitor);
    const views = () => sent("page_view").map(({ url }) => String(url).replace(on.site.url, ""));
    await expect.poll(() => sent("page_leave").length).toBe(expected.length);
    expect(views()).toEqual(expected);
    // Each is left under the address that it was seen under, and names the one before.
    expect(sent("page_leave").map(({ url }) => String(url).replace(on.site.url, ""))).toEqual(expected);
    expect(sent("page_leave").map(({ view }) => view)).toEqual(sent("page_view").map(({ event_id }) => event_id));
    const paths = sent("page_view").map(
      ({ visit }) => lastPath(visit) && new URL(String(lastPath(visit)), on.site.url).pathname,
    );
    expect(paths).toEqual([undefined, ...expected.slice(0, -1).map((path) => path.replace(/\?.*/, ""))]);
    expect(visitor.problems).toEqual([]);
  },
);

test("other events have the address of now, and that of a view which gave one of its own until it changes", async () => {
  await using visitor = await open("/app", { query: "?a=1#top" });
  await visitor.page.evaluate(async () => {
    const say = window.daymark;
    say?.("first");
    history.replaceState(0, "", "?b=2");
    say?.("second");
    say?.("page_view", { url: "/virtual" });
    say?.("third");
    history.replaceState(0, "", "?c=3");
    say?.("fourth");
    history.pushState(0, "", "/to");
    say?.("fifth");
    await new Promise((done) => setTimeout(done, 700));
    say?.("sixth", { url: "/mine" });
  });
  await leave(visitor);
  await expect
    .poll(seen)
    .toEqual([
      "page_view /app?a=1",
      "first /app?a=1",
      "second /app?b=2",
      "page_leave /app?a=1",
      "page_view /virtual",
      "third /virtual",
      "fourth /app?c=3",
      "fifth /to",
      "page_leave /virtual",
      "page_view /to",
      "sixth /mine",
      "page_leave /to",
    ]);
});

describe("a router that keeps paths behind #", () => {
  const paths = () => seen().map((one) => one.replace("page_", ""));
  const entries = () =>
    sent("page_view").map(({ visit }) => lastPath(visit) && new URL(String(lastPath(visit))).pathname);
  /** Goes to each fragment, clicks, and leaves. */
  async function walk(visitor: Visitor, ...hashes: string[]): Promise<void> {
    for (const hash of hashes) {
      await visitor.page.evaluate((to) => (location.hash = to), hash);
      await visitor.page.waitForTimeout(700);
    }
    await visitor.page.click("p");
    await leave(visitor);
  }

  test("has them as addresses with data-hash", async () => {
    const html = "<p data-daymark-click=x>X</p>";
    await using visitor = await open("/", { html, attributes: 'data-hash="on"', query: "?utm_source=x#/jobs" });
    await walk(visitor, "#/jobs/7", "#/jobs/7?page=2");
    await expect
      .poll(paths)
      .toEqual(["view /jobs", "leave /jobs", "view /jobs/7", "click /jobs/7?page=2", "leave /jobs/7"]);
    expect(entries()).toEqual([undefined, "/jobs"]);
    expect(entry(sent("click")[0]?.visit)).toBe(`${on.site.url}/jobs?utm_source=x`);
  });

  slowTest.each<[string, string[]]>([
    ["history.pushState(0, '', '#/a'); await pause(); history.pushState(0, '', '#/b');", ["/", "/a", "/b"]],
    ["location.hash = '#/a'; await pause(); history.back();", ["/", "/a", "/"]],
    ["location.replace('#/a?x=1'); await pause(); location.replace('#/a?x=2');", ["/", "/a?x=1"]],
    ["location.hash = '#/a'; location.hash = '#/b';", ["/", "/b"]],
    ["daymark('page_view', { url: '/own' }); await pause(); location.hash = '#/a';", ["/", "/own", "/a"]],
  ])("by %s", async (act, expected) => {
    await using visitor = await open("/", { attributes: 'data-hash="on"' });
    await visitor.page.evaluate(
      `(async () => { const pause = () => new Promise((done) => setTimeout(done, 700)); ${act} await pause(); })()`,
    );
    await leave(visitor);
    await expect.poll(() => sent("page_leave").length).toBe(expected.length);
    expect(sent("page_view").map(({ url }) => String(url).replace(on.site.url, ""))).toEqual(expected);
  });

  slowTest("and pages of an app without it have no paths", async () => {
    await using visitor = await open("/", { query: "?a=1#/jobs" });
    await visitor.page.evaluate(() => (location.hash = "#/jobs/7"));
    await visitor.page.waitForTimeout(700);
    await leave(visitor);
    await expect.poll(paths).toEqual(["view /?a=1", "leave /?a=1"]);
  });

  slowTest("may report them itself instead", async () => {
    const router = `<script>
      addEventListener("hashchange", () => daymark("page_view", { url: location.hash.slice(1) }));
    </script><p data-daymark-click=x>X</p>`;
    await using visitor = await open("/", { html: router });
    await walk(visitor, "#/jobs/7", "#/jobs/8");
    await expect
      .poll(paths)
      .toEqual([
        "view /",
        "leave /",
        "view /jobs/7",
        "leave /jobs/7",
        "view /jobs/8",
        "click /jobs/8",
        "leave /jobs/8",
      ]);
    expect(entries()).toEqual([undefined, "/", "/jobs/7"]);
  });
});

testTable<[string, (script: string) => string]>(
  "%s has the address of the page around it",
  {
    examples: [["a frame whose text is in the page", (script: string) => `<iframe srcdoc='${script}'></iframe>`]],
    variants: [
      [
        "a frame that the page writes into",
        (script: string) =>
          `<iframe></iframe><script>const d = document.querySelector("iframe").contentDocument; d.open(); d.write(${JSON.stringify(script).replaceAll("</", "<\\/")}); d.close();</script>`,
      ],
      [
        "a frame in such a frame",
        (script: string) =>
          `<iframe srcdoc='<iframe srcdoc="${script.replaceAll('"', "&amp;quot;")}"></iframe>'></iframe>`,
      ],
      [
        "a frame that is given its text later",
        (script: string) =>
          `<iframe></iframe><script>document.querySelector("iframe").srcdoc = ${JSON.stringify(script).replaceAll("</", "<\\/")};</script>`,
      ],
    ],
  },
  async (_, frame) => {
    await using visitor = await open("/none");
    await visitor.page.goto(on.site.put("/outer", frame(on.collector.script)));
    await visitor.page.waitForTimeout(300);
    await leave(visitor);
    await expect.poll(seen).toContain("page_leave /outer");
    expect(seen()).toContain("page_view /outer");
    expect(entry(sent("page_leave").at(-1)?.visit)).toMatch(/^http/);
  },
);

test("a page that is a file, and an app's own scheme, have addresses that can be read", async () => {
  await using visitor = await open("/none");
  const file = join(tmpdir(), `daymark-page-${process.pid}.html`);
  await writeFile(file, `<!doctype html>${on.collector.script}`);
  await visitor.page.goto(`file://${file}?a=1#b`);
  await visitor.page.waitForTimeout(100);
  await leave(visitor);
  await expect.poll(() => sent("page_view").at(-1)?.url).toBe(`file://${file}?a=1`);
  expect(entry(sent("page_view").at(-1)?.visit)).toBe(`file://${file}?`);
});

slowTest.each([
  ["blob:", (html: string) => `URL.createObjectURL(new Blob([${html}], { type: "text/html" }))`],
  ["data:", (html: string) => `"data:text/html," + encodeURIComponent(${html})`],
])("a page of a %s address is of no site, and told so in one word", async (_, address) => {
  await using visitor = await open("/none");
  const words: string[] = [];
  visitor.context.on("console", (message) => words.push(message.text()));
  const html = JSON.stringify(on.collector.script).replaceAll("</", "<\\/");
  await visitor.page.goto(
    on.site.put("/outer", `<iframe></iframe><script>document.querySelector("iframe").src = ${address(html)}</script>`),
  );
  await visitor.page.waitForTimeout(1200);
  expect(words).toEqual([expect.stringMatching(/^Daymark TypeError/)]);
  expect(visitor.problems).toEqual([]);
  expect(sent("page_view").filter(({ url }) => !String(url).endsWith("/none"))).toEqual([]);
});
