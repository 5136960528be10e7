/** The address of the page is the one it has now, however it came to it, and a page is one view. */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { onPages } from "./on-pages.ts";

const on = onPages();
const { open, leave, seen, sent } = on;
/** The page before, and the first page, of the list `visit` (src/collect/event/visit-state.ts). */
const before = (visit: unknown) => (Array.isArray(visit) ? visit[1] || undefined : undefined);
const entry = (visit: unknown) => (Array.isArray(visit) ? visit[4] : undefined);
const pause = "await new Promise((done) => setTimeout(done, 700));";

test.each<[string, string, string[]]>([
  ["pushState that was bound before", "bound('/to');", ["/app", "/to"]],
  ["the prototype's pushState", "History.prototype.pushState.call(history, {}, '', '/to');", ["/app", "/to"]],
  [
    "pushState of a frame",
    "document.querySelector('iframe').contentWindow.History.prototype.pushState.call(history, {}, '', '/to');",
    ["/app", "/to"],
  ],
  [
    "the Navigation API",
    "navigation.addEventListener('navigate', (e) => e.intercept({ handler: async () => {} })); navigation.navigate('/to');",
    ["/app", "/to"],
  ],
  [
    "a link that is intercepted",
    "navigation.addEventListener('navigate', (e) => e.intercept()); document.querySelector('a').click();",
    ["/app", "/to"],
  ],
  [
    "two steps in one task",
    "history.pushState({}, '', '/my'); history.replaceState({}, '', '/login');",
    ["/app", "/login"],
  ],
  ["there and back in one task", "history.pushState({}, '', '/my'); history.replaceState({}, '', '/app');", ["/app"]],
  [
    "two steps of a promise",
    "history.pushState({}, '', '/my'); await null; history.replaceState({}, '', '/login');",
    ["/app", "/login"],
  ],
  ["another query alone", "history.pushState({}, '', '?b=1');", ["/app"]],
  ["another fragment alone", "location.hash = 'b';", ["/app"]],
  ["a view that the page reports", "history.replaceState(0, '', '?x'); daymark('page_view');", ["/app", "/app?x"]],
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
])("%s", async (_, act, expected) => {
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
    ({ visit }) => before(visit) && new URL(String(before(visit)), on.site.url).pathname,
  );
  expect(paths).toEqual([undefined, ...expected.slice(0, -1).map((path) => path.replace(/\?.*/, ""))]);
  expect(visitor.problems).toEqual([]);
});

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

test("a router of fragments has a documented way to paths", async () => {
  const router = `<script>
    addEventListener("hashchange", () => daymark("page_view", { url: location.href.replace("#/", "") }));
  </script><p data-daymark-click=x>X</p>`;
  await using visitor = await open("/", { html: router });
  for (const hash of ["#/jobs/7", "#/jobs/8"]) {
    await visitor.page.evaluate((to) => (location.hash = to), hash);
    await visitor.page.waitForTimeout(700);
  }
  await visitor.page.click("p");
  await leave(visitor);
  await expect
    .poll(seen)
    .toEqual([
      "page_view /",
      "page_leave /",
      "page_view /jobs/7",
      "page_leave /jobs/7",
      "page_view /jobs/8",
      "click /jobs/8",
      "page_leave /jobs/8",
    ]);
  expect(
    sent("page_view").map(({ visit }) => before(visit) && new URL(String(before(visit)), on.site.url).pathname),
  ).toEqual([undefined, "/", "/jobs/7"]);
});

test.each([
  ["a frame whose text is in the page", (script: string) => `<iframe srcdoc='${script}'></iframe>`],
  [
    "a frame that the page writes into",
    (script: string) =>
      `<iframe></iframe><script>const d = document.querySelector("iframe").contentDocument; d.open(); d.write(${JSON.stringify(script).replaceAll("</", "<\\/")}); d.close();</script>`,
  ],
  [
    "a frame in such a frame",
    (script: string) => `<iframe srcdoc='<iframe srcdoc="${script.replaceAll('"', "&amp;quot;")}"></iframe>'></iframe>`,
  ],
])("%s has the address of the page around it", async (_, frame) => {
  await using visitor = await open("/none");
  await visitor.page.goto(on.site.put("/outer", frame(on.collector.script)));
  await visitor.page.waitForTimeout(300);
  await leave(visitor);
  await expect.poll(seen).toContain("page_leave /outer");
  expect(seen()).toContain("page_view /outer");
  expect(entry(sent("page_leave").at(-1)?.visit)).toMatch(/^http/);
});

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
