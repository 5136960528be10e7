/** Spectral, a linter of API descriptions by others, on docs/openapi.json: it must find nothing, not even a hint. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { fetched, runTool } from "../../tools/servers/fetched.ts";

const version = "6.16.3";
/** All rules but two: there is no address to write to, and a licence has an identifier instead of a `url` in 3.1. */
const ruleset = "extends: [[spectral:oas, all]]\nrules: { contact-properties: off, license-url: off }\n";
const document = resolve(import.meta.dirname, "../../docs/openapi.json");

test("the API's description has nothing to find", { timeout: 300_000 }, async () => {
  expect(await lint(await readFile(document, "utf8"))).toEqual([]);
});

test("what would be wrong is found", { timeout: 300_000 }, async () => {
  const text = await readFile(document, "utf8");
  expect(await lint(text.replace('"operationId": "sendEvents"', '"operationId": "getStatus"'))).toContainEqual(
    expect.stringMatching(/^operation-operationId-unique/),
  );
  expect(await lint(text.replace('"#/components/schemas/Live"', '"#/components/schemas/Dead"'))).toContainEqual(
    expect.stringMatching(/^invalid-ref/),
  );
});

/** Spectral and its packages, in a folder of their own; their install scripts do not run. */
async function spectral(): Promise<string> {
  const folder = await fetched(`spectral-${version}`, async (into) => {
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await runTool("npm", ["install", "--prefix", into, ...quiet, `@stoplight/spectral-cli@${version}`]);
  });
  return join(folder, "node_modules/@stoplight/spectral-cli/dist/index.js");
}

/** What it finds, of any severity: the rule, where, and what is wrong. */
async function lint(text: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "daymark-openapi-"));
  try {
    const [file, rules] = [join(folder, "openapi.json"), join(folder, "rules.yaml")];
    await writeFile(file, text);
    await writeFile(rules, ruleset);
    const args = [await spectral(), "lint", "--ruleset", rules, "--format", "json", "--quiet", file];
    // It ends with a different exit code if it finds something.
    const run = promisify(execFile)(process.execPath, args, { maxBuffer: 50_000_000 });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const found: { code: string; path: string[]; message: string }[] = JSON.parse(stdout);
    return found.map(({ code, path, message }) => `${code} ${path.join(".")}: ${message}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
