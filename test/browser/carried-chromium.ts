/**
 * The Chromium that the package `@sparticuz/chromium` contains, unpacked once per version into `.build/`. The package
 * unpacks to a fixed path in the temporary folder and takes a half-written file for a complete one, so it runs in its
 * own process with its own temporary folder, and a single rename moves the result to its final path.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

export type CarriedChromium = { executablePath: string; env: Record<string, string> };

const root = resolve(import.meta.dirname, "../..");
const carrier = join(root, "node_modules", "@sparticuz", "chromium");

/** The browser's path, and its environment variables. `DAYMARK_CHROMIUM` names another browser to use instead. */
export async function carriedChromium(): Promise<CarriedChromium> {
  const { DAYMARK_CHROMIUM } = process.env;
  if (DAYMARK_CHROMIUM) return { executablePath: DAYMARK_CHROMIUM, env: {} };
  const { version } = JSON.parse(await readFile(join(carrier, "package.json"), "utf8"));
  const folder = join(root, ".build", `chromium-${version}`);
  if (!existsSync(folder)) await unpack(folder);
  // The libraries (NSS, Expat) are next to it for machines that lack them; fonts are the machine's if it has some.
  const fonts = existsSync("/etc/fonts/fonts.conf") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") };
  return {
    executablePath: join(folder, "chromium"),
    env: { LD_LIBRARY_PATH: join(folder, "al2023", "lib"), ...fonts },
  };
}

async function unpack(folder: string): Promise<void> {
  await mkdir(join(root, ".build"), { recursive: true });
  const temporary = await mkdtemp(`${folder}.`);
  const entry = pathToFileURL(join(carrier, "build", "index.js")).href;
  const script = `const { default: chromium } = await import(${JSON.stringify(entry)}); await chromium.executablePath();`;
  // As on Lambda, where it also unpacks the libraries.
  const env = { ...process.env, TMPDIR: temporary, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" };
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env });
  await rename(temporary, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(temporary, { recursive: true, force: true });
    // Another process was faster.
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
}
