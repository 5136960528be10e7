/**
 * What the stack serves, ready to serve: the beacon, the dashboard, the demo, and the API's description, bundled, hashed
 * and compressed. The plugin below puts them into the bundle of the site function, which imports them as `built:site`. So
 * they are packaged, deployed and rolled back with it, and there is no bucket to keep in sync.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * The beacon runs in visitors' browsers, which may be old; the pages are for people who keep their browser up to date.
 */
const targets = {
  beacon: ["chrome103", "firefox100", "safari16"],
  page: ["chrome120", "firefox121", "safari17.5"],
};

/**
 * Some names of the dashboard's texts (src/dashboard/words), written as one or two letters, which saves 300 bytes. Nothing
 * outside of the bundle has such a name.
 */
const namesOfTexts =
  /^(?:\w+How|(?:bounded|empty|lastRun|late|minutes|refused|rejected|reused|short|snapshot|token|watermark)[A-Z]\w*)$/;

/** Scripts that other people's pages load from a fixed address. */
const beacons = [
  { path: "/beacon.js", entry: "beacon/script.ts", format: "iife" },
  { path: "/beacon.mjs", entry: "beacon/module.ts", format: "esm" },
];

/** Pages and their files; each file has the name by which the page's HTML refers to it. */
const pages = [
  { path: "/", folder: "dashboard", entries: ["main.tsx", "style.css"], copies: ["icon.svg"] },
  { path: "/demo", folder: "demo", entries: ["demo.ts", "demo.css"], copies: [] },
];

/** The third-party software in the pages and functions, as its licences require; the pages' scripts name this file. */
const notices = { file: "THIRD_PARTY_NOTICES", path: "/assets/third-party-notices.txt" };

const types = {
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".html": "text/html; charset=utf-8",
};

/**
 * Every file by its path, for the project at `root`: its `type`, the `kind` that decides how long it may be cached
 * (`beacon`, `page`, or `hashed` for what never changes under its name), its `text`, and for a page the hashes of its
 * inline scripts.
 */
export async function siteFiles(root) {
  const source = join(root, "src");
  const scripts = await Promise.all(
    beacons.map(async ({ path, entry, format }) => {
      const [script] = await bundle([join(source, entry)], { format, target: targets.beacon });
      return [path, file("beacon", extname(path), script.text.trimEnd())];
    }),
  );
  const sites = await Promise.all(pages.map((page) => pageFiles(source, page)));
  const description = JSON.stringify(JSON.parse(await readFile(join(root, "docs/openapi.json"), "utf8")));
  const texts = [
    [notices.path, file("page", ".txt", await readFile(join(root, notices.file), "utf8"))],
    ["/openapi.json", file("page", ".json", description)],
  ];
  return Object.fromEntries([...scripts, ...sites.flat(), ...texts]);
}

/** An esbuild plugin that resolves `built:site` to a module with every file twice, as base64: `br` and `gzip`. */
export function siteFilesPlugin() {
  return {
    name: "site-files",
    setup({ initialOptions, onResolve, onLoad }) {
      onResolve({ filter: /^built:site$/ }, ({ path }) => ({ path, namespace: "built" }));
      onLoad({ filter: /.*/, namespace: "built" }, async () => {
        const files = await siteFiles(initialOptions.absWorkingDir ?? process.cwd());
        const compressed = Object.entries(files).map(([path, { text, ...about }]) => [
          path,
          { ...about, ...pack(text) },
        ]);
        return {
          contents: `export const siteFiles = ${JSON.stringify(Object.fromEntries(compressed))};`,
          loader: "js",
        };
      });
    },
  };
}

/** The demo writes with the app's own key; stage local may have another one (serverless.yml). */
function demoKey(own) {
  return /^[\w.-]+$/.test(own ?? "") ? own : "wk_local";
}

async function pageFiles(source, { path, folder, entries, copies }) {
  const from = (name) => join(source, folder, name);
  const built = await bundle(entries.map(from), {
    format: "esm",
    target: targets.page,
    mangleProps: namesOfTexts,
    banner: { js: `/*! Licences: ${notices.path} */` },
  });
  const parts = built.map(({ path: output, text }) => ({ name: basename(output), text }));
  for (const name of copies) parts.push({ name, text: await readFile(from(name), "utf8") });

  let html = await readFile(from("index.html"), "utf8");
  html = html.replaceAll('data-key="wk_local"', `data-key="${demoKey(process.env.DAYMARK_WRITE_KEY)}"`);
  const files = parts.map(({ name, text }) => {
    const extension = extname(name);
    const hashed = `/assets/${folder}-${basename(name, extension)}-${digest(text).slice(0, 12)}${extension}`;
    html = html.replaceAll(`"/${name}"`, `"${hashed}"`);
    return [hashed, file("hashed", extension, text)];
  });
  const page = { ...file("page", ".html", html), inlineScripts: inlineScripts(html) };
  return [[path, page], ...files];
}

async function bundle(entryPoints, { format, target, banner = {}, mangleProps }) {
  const { outputFiles } = await build({
    entryPoints,
    format,
    target,
    banner,
    bundle: true,
    minify: true,
    mangleProps,
    outdir: "/",
    write: false,
    legalComments: "none",
    logLevel: "warning",
    // The scripts are always strict; "use strict" would only add bytes.
    tsconfigRaw: { compilerOptions: { jsx: "react-jsx", jsxImportSource: "preact" } },
  });
  return outputFiles;
}

function file(kind, extension, text) {
  return { kind, type: types[extension], etag: `W/"${digest(text).slice(0, 20)}"`, text };
}

// What a page's content security policy must allow by hash. https://www.w3.org/TR/CSP3/#grammardef-hash-source
function inlineScripts(html) {
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, script]) => script);
  return scripts.map((script) => `sha256-${createHash("sha256").update(script).digest("base64")}`);
}

function pack(text) {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  const br = brotliCompressSync(text, quality).toString("base64");
  return { br, gzip: gzipSync(text, { level: 9 }).toString("base64") };
}

function digest(text) {
  return createHash("sha256").update(text).digest("hex");
}
