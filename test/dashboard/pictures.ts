/**
 * Retakes the pictures in docs/: the dashboard of the fixture's internship board, whose numbers are always the same.
 */
import { resolve } from "node:path";
import type { Route } from "playwright-core";
import { launch } from "../browser/chromium.ts";
import { startFixture } from "./fixture-api.ts";
import { useKoreanFont } from "./korean-font.ts";
import { type OpenOptions, openPage } from "./open-page.ts";

const docs = resolve(import.meta.dirname, "../../docs");

const phone = { viewport: { width: 390, height: 1654 }, deviceScaleFactor: 2 };
/** The page allows no styles, and so no font, but its own. */
const korean = { locale: "ko-KR", bypassCSP: true };
/** A link to the numbers of one page, as the fixture takes it. */
const link = `share_${Buffer.from('{"where":{"path":"/apply"}}').toString("base64url")}.signature`;
/** `shows` is a text that appears once the page is ready. */
const pictures: { name: string; options: OpenOptions; shows: string; isWhole: boolean }[] = [
  { name: "dashboard-light", options: {}, shows: "South Korea", isWhole: true },
  { name: "dashboard-dark", options: { colorScheme: "dark" }, shows: "South Korea", isWhole: true },
  { name: "dashboard-phone", options: { ...phone, search: "?range=7d" }, shows: "South Korea", isWhole: false },
  { name: "dashboard-ko", options: korean, shows: "대한민국", isWhole: true },
  { name: "visits", options: { search: "?metric=visits&range=12m&compare=year" }, shows: "South Korea", isWhole: true },
  { name: "shared", options: { path: `share#${link}`, token: "" }, shows: "/apply", isWhole: true },
  { name: "pipeline", options: { search: "?page=pipeline" }, shows: "Samples", isWhole: true },
];

await using fixture = await startFixture();
const browser = await launch();
try {
  for (const { name, options, shows, isWhole } of pictures) {
    await using visitor = await openPage(browser, fixture.url, options);
    const { page } = visitor;
    await page.route("**/v1/status", withPlainSamples);
    // The page says how long ago something was.
    await page.clock.setFixedTime(fixture.is.now);
    await page.reload();
    if (options.locale === korean.locale) await useKoreanFont(page);
    await page.getByText(shows, { exact: true }).first().waitFor();
    // Lists and charts are requested one by one.
    await page.waitForFunction(() => document.querySelector(".loading, .stale, [aria-busy=true]") === null);
    const path = `${docs}/${name}.png`;
    await page.screenshot({ path, fullPage: isWhole, animations: "disabled" });
    console.log(path);
  }
} finally {
  await browser.close();
}

/** The fixture's samples are things that a page must not run; readers of the docs would take them for a fault. */
async function withPlainSamples(route: Route): Promise<void> {
  const response = await route.fetch();
  const text = await response.text();
  const body = text
    .replaceAll(/<img src=x( onerror=alert\(1\))?>/g, "Page View")
    .replace(/<\/pre>.*?<\/script>/, "Jobs");
  await route.fulfill({ response, body: body.replace('"raw":"=1+1"', '"raw":"click"') });
}
