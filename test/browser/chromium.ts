/**
 * A real Chromium for tests, with nothing to install by hand: playwright-core drives the browser that
 * `@sparticuz/chromium` carries inside its package.
 *
 * let browser: Browser; beforeAll(async () => { browser = await sharedBrowser(); }); afterAll(() => browser.close());
 * test("…", async () => { await using visitor = await visit(browser, { locale: "ko-KR" });   // closed with the block,
 * also when the test fails await visitor.page.goto(url); expect(visitor.problems).toEqual([]);
 * // uncaught errors, CSP violations, console errors });
 *
 * One context (`visit`) per test: contexts share nothing, and opening one takes milliseconds. Files share a browser
 * (shared.ts) unless they need one that is started in another way.
 */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from "playwright-core";
import { carriedChromium } from "./carried-chromium.ts";

export type { Browser, BrowserContext, Page } from "playwright-core";

/** `problems` collects what went wrong in any page of the context, as text. */
export type Visitor = { context: BrowserContext; page: Page; problems: string[] } & AsyncDisposable;

const args = [
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--disable-gpu",
];

// A headless browser says that it is one, and robots' events are not counted. User agent and language are set for the
// whole browser: a context's own settings are lost for requests that outlive their page.
const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36";

/**
 * Starts the browser, without a sandbox: containers run as root, where there is none. Close it with `browser.close()`.
 * `ignoreDefaultArgs` removes some of playwright's own arguments.
 */
export async function launch(options: { ignoreDefaultArgs?: string[] } = {}): Promise<Browser> {
  return await chromium.launch({ ...options, ...(await launchOptions()) });
}

/** The options for starting every browser. */
export async function launchOptions(): Promise<LaunchOptions> {
  const { executablePath, env } = await carriedChromium();
  return {
    executablePath,
    args: [...args, `--user-agent=${userAgent}`, "--accept-lang=en-US"],
    chromiumSandbox: false,
    env: { ...definedOf(process.env), ...env },
  };
}

/** A new person at the browser: empty storage, no cookies, English whatever this machine's language, one open page. */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ locale: "en-US", ...options });
  const problems: string[] = [];
  context.on("weberror", (error) => problems.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  const page = await context.newPage();
  return { context, page, problems, [Symbol.asyncDispose]: () => context.close() };
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
