/** The third-party software in the bundles: listed as its licences require, and in a form that scanners read. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { siteFiles } from "../../infra/bundle/site-files.js";
import { describeThirdParties } from "../../scripts/third-party.mjs";

type Component = {
  name: string;
  version: string;
  purl: string;
  licenses: { license: { id: string } }[];
  hashes: object[];
};
const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), "utf8");
const allowed = ["0BSD", "Apache-2.0", "BSD-3-Clause", "ISC", "MIT", "Unlicense"];

test("the notices and the bill of materials are those of the bundles, which `npm run notices` writes", async () => {
  const { notices, sbom } = await describeThirdParties();
  expect(await read("THIRD_PARTY_NOTICES")).toBe(notices);
  expect(await read("sbom.cdx.json")).toBe(sbom);
});

test("every package in a bundle has a known licence, its text, and the hash of what was installed", async () => {
  const [notices, sbom] = [await read("THIRD_PARTY_NOTICES"), JSON.parse(await read("sbom.cdx.json"))];
  const components: Component[] = sbom.components;
  expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(["@middy/core", "preact", "zod"]));
  expect(components.map(({ name }) => name)).not.toContain("esbuild");
  for (const { name, version, licenses, hashes } of components) {
    expect(allowed).toContain(licenses[0]?.license.id);
    expect(notices).toContain(`${name} ${version} (`);
    expect(hashes).toHaveLength(1);
  }
});

test("every part names its needs, and none that is not there", async () => {
  const { components, dependencies, metadata } = JSON.parse(await read("sbom.cdx.json"));
  const refs = [metadata.component, ...components].map((one: { "bom-ref": string }) => one["bom-ref"]);
  expect(dependencies.map(({ ref }: { ref: string }) => ref).sort()).toEqual([...refs].sort());
  for (const { dependsOn } of dependencies) expect(refs).toEqual(expect.arrayContaining(dependsOn));
  expect(dependencies.find(({ ref }: { ref: string }) => ref === refs[0]).dependsOn.length).toBeGreaterThan(5);
});

test("pages serve the notices and their scripts say where; the beacon holds nothing of others, and says nothing", async () => {
  const files = await siteFiles(process.cwd());
  const path = "/assets/third-party-notices.txt";
  expect(files[path]?.text).toBe(await read("THIRD_PARTY_NOTICES"));
  const scripts = Object.entries(files).filter(([name]) => /^\/assets\/dashboard-main-\w+\.js$/.test(name));
  expect(scripts.map(([, { text }]) => text.startsWith(`/*! Licences: ${path} */`))).toEqual([true]);
  expect(files["/beacon.js"]?.text).not.toContain("Licences");
});
