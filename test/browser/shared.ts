/**
 * One Chromium for all files of a run (vitest's `globalSetup`), started when the first of them asks for it. A file
 * connects to it and sees its own contexts alone; what it closes is the connection with these.
 *
 * let browser: Browser; beforeAll(async () => { browser = await sharedBrowser(); }); afterAll(() => browser.close());
 */
import { createServer } from "node:http";
import { type Browser, type BrowserServer, chromium } from "playwright-core";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import { launchOptions } from "./chromium.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Answers with the address of the browser. */
    browserDesk: string;
  }
}

export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  let started: Promise<BrowserServer> | undefined;
  const desk = createServer(async (_, res) => {
    started ??= launchOptions().then((options) => chromium.launchServer(options));
    await started.then(
      (server) => res.end(server.wsEndpoint()),
      (error: unknown) => res.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((done) => desk.listen(0, "127.0.0.1", done));
  const address = desk.address();
  provide("browserDesk", `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  return async () => {
    desk.close();
    await (await started)?.close();
  };
}

/** Connects to the browser of this run. */
export async function sharedBrowser(): Promise<Browser> {
  const answer = await fetch(inject("browserDesk"));
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Cannot start the browser: ${text}`);
  return await chromium.connect(text);
}
