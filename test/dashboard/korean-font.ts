/**
 * A font with Korean letters for pictures: the browser that tests carry has none, and a reader's system has its own.
 * Noto Sans KR (SIL Open Font License 1.1, 4 MB) comes from npm into `.engines/`; no dependency of the project, and
 * nothing of it is published.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fetched, runTool } from "../../tools/servers/fetched.ts";
import type { Page } from "../browser/chromium.ts";

const name = "@fontsource-variable/noto-sans-kr";
const version = "5.3.1";
const path = "/noto-sans-kr/";

/** Sets the loaded page in it; the context must have `bypassCSP`, since the page allows no styles but its own. */
export async function useKoreanFont(page: Page): Promise<void> {
  const folder = await koreanFont();
  await page.route(`**${path}**`, (route) =>
    route.fulfill({ path: join(folder, new URL(route.request().url()).pathname.slice(path.length)) }),
  );
  const faces = await readFile(join(folder, "index.css"), "utf8");
  // Behind another font, text that was drawn before its letters were loaded would keep its boxes.
  const first = ':root { font-family: "Noto Sans KR Variable" }';
  await page.addStyleTag({ content: `${faces.replaceAll("url(./", `url(${path}`)}${first}` });
}

async function koreanFont(): Promise<string> {
  const folder = await fetched(`noto-sans-kr-${version}`, async (into) => {
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await runTool("npm", ["install", "--prefix", into, ...quiet, `${name}@${version}`]);
  });
  return join(folder, "node_modules", name);
}
