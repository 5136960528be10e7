/** The JDKs of this machine: servers of Java are started by a program that is a source file. */
import { existsSync } from "node:fs";
import { readdir, readFile, realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";

/** The JDKs of $JAVA_HOME, the path and Debian's folder; each says its version in a file of its own. */
export async function knownJavas(): Promise<{ version: number; path: string }[]> {
  const onPath = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "javac"));
  const compilers = await Promise.all(onPath.map((path) => realpath(path).catch(() => "")));
  const packaged = await readdir("/usr/lib/jvm").catch(() => []);
  const homes = [
    process.env.JAVA_HOME ?? "",
    ...compilers.filter((path) => path !== "").map((path) => dirname(dirname(path))),
    ...packaged.map((name) => join("/usr/lib/jvm", name)),
  ];
  const javas = homes.map(async (home) => {
    const release = await readFile(join(home, "release"), "utf8").catch(() => "");
    return { version: Number(/^JAVA_VERSION="(\d+)/m.exec(release)?.[1]), path: join(home, "bin/java") };
  });
  // A runtime without its compiler cannot run a program that is a source file.
  return (await Promise.all(javas)).filter(({ path }) => existsSync(`${path}c`));
}
