/** Starts the process that the fuzzer targets (target-child.ts) and asks it for its memory. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Target = {
  url: string;
  awsUrl: string;
  rssMB: () => Promise<number>;
  memory: () => Promise<Memory>;
} & AsyncDisposable;

/** In MB: the current and peak memory of the process, JavaScript's heap, and what it holds outside of the heap. */
export type Memory = { rss: number; peak: number; heap: number; external: number };

/**
 * Only memory in use is to be compared: garbage is collected before memory is read, and glibc returns what was freed
 * instead of keeping it. https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
const givesBack = { MALLOC_MMAP_THRESHOLD_: "16384", MALLOC_TRIM_THRESHOLD_: "65536", MALLOC_TOP_PAD_: "0" };

export async function startTarget(): Promise<Target> {
  const home = await mkdtemp(join(tmpdir(), "daymark-fuzz-"));
  const options = { execArgv: ["--expose-gc"], env: { ...process.env, ...givesBack } };
  const child = fork(join(import.meta.dirname, "target-child.ts"), [home], options);
  const ended = once(child, "exit");
  const [{ url, awsUrl }] = await Promise.race([once(child, "message"), ended.then(fail)]);
  const memory = async (): Promise<Memory> => {
    const answer = once(child, "message");
    child.send("memory");
    const [{ rss, peak, heapUsed, external }] = await answer;
    return { rss: rss / 2 ** 20, peak: peak / 2 ** 20, heap: heapUsed / 2 ** 20, external: external / 2 ** 20 };
  };
  return {
    url,
    awsUrl,
    memory,
    rssMB: async () => (await memory()).rss,
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      await ended;
      await rm(home, { recursive: true, force: true });
    },
  };
}

function fail(): never {
  throw new Error("Cannot fuzz: the target did not start");
}
