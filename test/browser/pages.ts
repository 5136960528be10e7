/** Somebody else's site: pages for the beacon, on their own origin. */
import { createServer } from "node:http";

export type Pages = {
  url: string;
  /** Adds a page at a path, and returns its address. */
  put: (path: string, html: string, headers?: Record<string, string>) => string;
} & AsyncDisposable;

export async function startPages(): Promise<Pages> {
  const pages = new Map<string, { html: string; headers: Record<string, string> }>();
  const server = createServer((req, res) => {
    const page = pages.get(new URL(req.url ?? "/", "http://site").pathname);
    if (page === undefined) res.writeHead(404).end();
    else res.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers }).end(page.html);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    url,
    put(path, html, headers = {}) {
      pages.set(path, { html: `<!doctype html><html lang="en"><meta charset="utf-8">${html}`, headers });
      return `${url}${path}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
