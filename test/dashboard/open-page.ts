/** The dashboard in a real browser, as a person with the token sees it. */
import { type Browser, type Visitor, visit } from "../browser/chromium.ts";
import { TOKEN } from "./fixture-api.ts";

export type OpenOptions = Parameters<typeof visit>[1] & {
  /** The initial query string. */
  search?: string;
  /** Another page than the dashboard. */
  path?: string;
  token?: string | undefined;
};

/** Opens the page in a new context; in English and light unless configured otherwise. */
export async function openPage(
  browser: Browser,
  url: string,
  { search = "", path = "", ...options }: OpenOptions = {},
): Promise<Visitor> {
  const { token = TOKEN, ...context } = options;
  const visitor = await visit(browser, {
    locale: "en-US",
    colorScheme: "light",
    viewport: { width: 1280, height: 900 },
    ...context,
  });
  if (token !== "") {
    // A fixture that is away can give no session.
    await visitor.context.request
      .post(`${url}v1/session`, { headers: { authorization: `Bearer ${token}` } })
      .catch(() => visitor.context.addCookies([{ name: "daymark", value: "fixture", url }]));
    await visitor.context.addInitScript(() => {
      if (sessionStorage.getItem("was-here") === null) localStorage.setItem("daymark.signed", "yes");
      sessionStorage.setItem("was-here", "yes");
    });
  }
  await visitor.page.goto(url + path + search);
  return visitor;
}

/** The number in an element, as shown in English. */
export async function numberIn(page: Visitor["page"], testId: string): Promise<number> {
  return Number((await page.getByTestId(testId).textContent())?.replaceAll(",", ""));
}

/** The text of the file that a click saves. */
export async function savedBy(
  page: Visitor["page"],
  click: () => Promise<void>,
): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(Buffer.from(chunk));
  return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString("utf8") };
}
