import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openHome } from "../../../local/home/home.ts";

describe("home", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "daymark-home-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const seoul = { timezone: "Asia/Seoul" };
  const open = async (settings = seoul) => {
    await using _ = await openHome(folder, settings);
  };

  test("is made when it is new, and says its format and its zone", async () => {
    const nested = join(folder, "a", "b");
    await using home = await openHome(nested, seoul);
    expect(home.folder).toBe(nested);
    expect(JSON.parse(await readFile(join(nested, "daymark.json"), "utf8"))).toEqual({
      format: 1,
      timezone: "Asia/Seoul",
    });
  });

  test("opens again after it was closed, and leaves no lock", async () => {
    await open();
    expect(await readdir(folder)).toEqual(["daymark.json"]);
    await open();
  });

  test("is refused when a newer Daymark wrote it", async () => {
    await writeFile(join(folder, "daymark.json"), '{"format":2,"timezone":"Asia/Seoul"}');
    await expect(open()).rejects.toThrow(/a newer Daymark wrote it \(format 2, this one knows 1\)/);
  });

  test("is refused for another zone, and says what to do", async () => {
    await open();
    await expect(open({ timezone: "Europe/Berlin" })).rejects.toThrow(
      /set DAYMARK_TIMEZONE=Asia\/Seoul, or another DAYMARK_HOME/,
    );
    // The refusal must not leave it locked.
    await open();
  });

  test("is refused when its file is damaged", async () => {
    await writeFile(join(folder, "daymark.json"), '{"format":');
    await expect(open()).rejects.toThrow(/daymark\.json is damaged/);
  });

  test("is refused while another process uses it, and not once that is gone", async () => {
    const script = `const { openHome } = await import(${JSON.stringify(new URL("../../../local/home/home.ts", import.meta.url).href)});
      await openHome(${JSON.stringify(folder)}, { timezone: "Asia/Seoul" }); console.log("open"); setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => other.stdout.once("data", resolve));
    await expect(open()).rejects.toThrow(`another Daymark is using it (process ${other.pid})`);
    other.kill("SIGKILL");
    await new Promise((resolve) => other.once("exit", resolve));
    await open();
  });

  test("is not held by a process that merely has the number of one that was killed", async () => {
    await writeFile(join(folder, "lock"), JSON.stringify({ pid: process.ppid, started: "1" }));
    await open();
  });

  test("is not held by a lock that was never written to its end", async () => {
    await writeFile(join(folder, "lock"), "");
    await open();
  });
});
