/**
 * `npm run notices`: writes THIRD_PARTY_NOTICES and sbom.cdx.json, which list the third-party software in the bundles
 * that Lambda runs and browsers load: what esbuild included, and nothing that is only used for building or testing. A
 * test compares both files with the result of this script.
 * https://cyclonedx.org/docs/1.6/json/
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleOptions } from "../infra/bundle/bundle-functions.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = { notices: "THIRD_PARTY_NOTICES", sbom: "sbom.cdx.json" };
const pages = ["src/dashboard/main.tsx", "src/demo/demo.ts", "src/beacon/script.ts", "src/beacon/module.ts"];

/** The content of both files. */
export async function describeThirdParties() {
  const packages = await bundledPackages();
  return { notices: toNotices(packages), sbom: `${JSON.stringify(await toSbom(packages), null, 2)}\n` };
}

/** Every package with a file in a bundle, by name and version. */
async function bundledPackages() {
  const handlers = (await readdir(join(root, "src/handlers"))).map((name) => `src/handlers/${name}`);
  const inputs = new Set();
  for (const entryPoints of [handlers, pages]) {
    const { metafile } = await build({
      ...bundleOptions,
      plugins: [],
      external: ["built:site"],
      absWorkingDir: root,
      entryPoints,
      outdir: "unused",
      tsconfigRaw: { compilerOptions: { jsx: "react-jsx", jsxImportSource: "preact" } },
      write: false,
      metafile: true,
    });
    for (const output of Object.values(metafile.outputs))
      for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) if (bytesInOutput > 0) inputs.add(input);
  }
  const folders = new Set(
    [...inputs].flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  const packages = await Promise.all([...folders].map(readPackage));
  return packages.sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));
}

async function readPackage(folder) {
  const { name, version, license, author, repository } = JSON.parse(
    await readFile(join(root, folder, "package.json"), "utf8"),
  );
  if (typeof license !== "string") throw new Error(`Cannot describe ${folder}: its package.json names no licence`);
  const texts = (await readdir(join(root, folder))).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const text = (await Promise.all(texts.map((file) => readFile(join(root, folder, file), "utf8")))).join("\n");
  return { folder, name, version, license, author: nameOf(author), source: sourceOf(repository), text: clean(text) };
}

function nameOf(author) {
  return typeof author === "string" ? author.replace(/\s*[<(].*/, "") : author?.name;
}

function sourceOf(repository) {
  const url = typeof repository === "string" ? repository : repository?.url;
  return url?.replace(/^git\+/, "").replace(/\.git$/, "");
}

function clean(text) {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[ \t]+$/gm, "")
    .trim();
}

/** Each licence text once, below the packages that have exactly this text. */
function toNotices(packages) {
  const byText = Map.groupBy(packages, ({ text, license, author }) => text || `${license}, ${author ?? "its authors"}`);
  const parts = [...byText].map(([text, some]) => {
    const names = some.map(({ name, version, license }) => `${name} ${version} (${license})`);
    return `${names.join("\n")}\n\n${text}\n`;
  });
  const intro = "The functions and pages of Daymark contain these packages, each under its own licence.\n";
  return [intro, ...parts].join(`\n${"=".repeat(80)}\n\n`);
}

async function toSbom(packages) {
  const own = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8"));
  const refOf = ({ name, version }) => `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const known = new Map(packages.map((one) => [one.folder, one]));
  const self = refOf(own);
  const below = (folder) => needsOf(lock, folder).flatMap((need) => known.get(need) ?? []);
  const dependencies = packages.map((one) => ({ ref: refOf(one), dependsOn: below(one.folder).map(refOf).sort() }));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", "bom-ref": self, name: own.name, version: own.version, purl: self } },
    components: packages.map((one) => ({
      type: "library",
      "bom-ref": refOf(one),
      name: one.name,
      version: one.version,
      purl: refOf(one),
      licenses: [/ (OR|AND|WITH) /.test(one.license) ? { expression: one.license } : { license: { id: one.license } }],
      hashes: hashesOf(lock.packages[one.folder]?.integrity),
      ...(one.source && { externalReferences: [{ type: "vcs", url: one.source }] }),
    })),
    dependencies: [{ ref: self, dependsOn: below("").map(refOf).sort() }, ...dependencies],
  };
}

/** Where the packages that a package needs are installed: next to it, or further up. */
function needsOf(lock, folder) {
  const { dependencies = {}, devDependencies = {}, optionalDependencies = {} } = lock.packages[folder] ?? {};
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).flatMap((name) => {
    for (let at = folder; ; at = dirname(at)) {
      const found = join(at === "." ? "" : at, "node_modules", name);
      if (lock.packages[found] !== undefined) return [found];
      if (at === "" || at === ".") return [];
    }
  });
}

function hashesOf(integrity = "") {
  const [algorithm, value] = integrity.split("-");
  if (algorithm !== "sha512" || value === undefined) return [];
  return [{ alg: "SHA-512", content: Buffer.from(value, "base64").toString("hex") }];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { notices, sbom } = await describeThirdParties();
  await writeFile(join(root, files.notices), notices);
  await writeFile(join(root, files.sbom), sbom);
  console.log(`Wrote ${files.notices} and ${files.sbom}: ${JSON.parse(sbom).components.length} packages`);
}
