/**
 * Adds to package-lock.json what npm left out: packages for platforms that the available registry did not serve when
 * the lock was written. `npm ci` refuses such a lock on every machine. Run it (`npm run lock`) after adding a
 * dependency.
 * https://github.com/npm/cli/issues/4828
 */
import { readFileSync, writeFileSync } from "node:fs";

const systems = {
  darwin: "darwin",
  linux: "linux",
  win32: "win32",
  freebsd: "freebsd",
  android: "android",
  openharmony: "openharmony",
};
const processors = {
  x64: "x64",
  arm64: "arm64",
  arm: "arm",
  ia32: "ia32",
  ppc64: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
};

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
const missing = missingPackages(lock.packages);
for (const { name, version, parent } of missing) lock.packages[`node_modules/${name}`] = entry(name, version, parent);
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")));
if (missing.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} packages of other platforms added to package-lock.json`);

function missingPackages(packages) {
  return Object.entries(packages).flatMap(([at, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => !packages[`node_modules/${name}`] && !packages[`${at}/node_modules/${name}`])
      .map(([name, version]) => ({ name, version, parent })),
  );
}

// The name contains the platform; without this, npm would fetch the package on every platform.
function entry(name, version, { dev, peer }) {
  const words = name.split("/").at(-1).split("-");
  const os = words.map((word) => systems[word]).find(Boolean);
  const cpu = words.map((word) => processors[word]).find(Boolean);
  if (!os || !cpu) throw new Error(`Cannot tell the platform of ${name} from its name`);
  const libc = words.some((word) => word.startsWith("musl")) ? "musl" : "glibc";
  return {
    version,
    cpu: [cpu],
    ...(dev && { dev }),
    ...(os === "linux" && { libc: [libc] }),
    optional: true,
    os: [os],
    ...(peer && { peer }),
  };
}
