/** The size of the pages and scripts on the wire, as they are served. */
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { siteFiles } from "../../infra/bundle/site-files.js";

const files = await siteFiles(resolve(import.meta.dirname, "../.."));
const packed = (path: string) => gzipSync(files[path]?.text ?? "", { level: 9 }).length;

test("the beacon is at most 2,700 bytes, retry queue included", () => {
  expect(files["/beacon.js"]?.text).toContain("daymark");
  expect(packed("/beacon.js")).toBeLessThanOrEqual(2700);
});

test("the module, which has three functions to call as well, is hardly more", () => {
  expect(packed("/beacon.mjs")).toBeLessThanOrEqual(2800);
});

test("the dashboard is at most 100 KB in all", () => {
  const paths = Object.keys(files).filter((path) => path === "/" || path.startsWith("/assets/dashboard-"));
  expect(paths.length).toBeGreaterThanOrEqual(3);
  expect(paths.reduce((sum, path) => sum + packed(path), 0)).toBeLessThanOrEqual(100_000);
});

test("the beacon makes no cookie, runs no text, and knows no address but its own", () => {
  expect(files["/beacon.js"]?.text).not.toMatch(/cookie|eval|Function\(|innerHTML|https?:\/\//);
});
