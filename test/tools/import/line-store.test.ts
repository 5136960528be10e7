import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openLineStore } from "../../../tools/import/line-store.ts";
import { openSentDays } from "../../../tools/import/sent-days.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "daymark-lines-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line);
  return read;
}

describe("a store of lines", () => {
  test("gives each file's lines back in order, whatever is in them and however many there are", async () => {
    await using store = await openLineStore(folder);
    const lines = Array.from({ length: 9000 }, (_, i) => `${i} 한😀\u2028${"x".repeat(i % 200)}`);
    for (const [i, line] of lines.entries()) await store.add(i % 3, line);
    for (const file of [2, 0, 1]) expect(await all(store.read(file))).toEqual(lines.filter((_, i) => i % 3 === file));
  });

  test("is nothing on disk before a line comes, and nothing when it is closed", async () => {
    {
      await using store = await openLineStore(folder);
      expect(await readdir(folder)).toEqual([]);
      await store.add(1, "x");
      expect(await all(store.read(1))).toEqual(["x"]);
      expect(await readdir(folder)).toHaveLength(1);
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("removes what a process that was killed has left, and nothing else", async () => {
    // No process has this id: Linux's are below 2^22.
    for (const name of ["waiting-99999999-0", `waiting-${process.pid}-77`, "other"]) await mkdir(join(folder, name));
    await using _ = await openLineStore(folder);
    expect((await readdir(folder)).sort()).toEqual(["other", `waiting-${process.pid}-77`]);
  });
});

describe("the days that were sent", () => {
  const file = () => join(folder, "imports", "x.days");

  test("are known to who opens the file within the window", async () => {
    const notes = await openSentDays(file(), { now: 0, windowMs: 1000 });
    await notes.add("2020-01-01", 10_000);
    await notes.add("2020-01-01", 10_001); // too soon to be worth a line
    await notes.add("2020-01-02", 10_500);
    const again = await openSentDays(file(), { now: 11_200, windowMs: 1000 });
    expect([...again.recent]).toEqual([["2020-01-02", 10_500]]);
    expect([...(await openSentDays(file(), { now: 20_000, windowMs: 1000 })).recent]).toEqual([]);
    expect(await readdir(join(folder, "imports"))).toEqual([]);
  });

  test("are none when the file is none, and a last line that was cut is passed over", async () => {
    expect((await openSentDays(file(), { now: 0, windowMs: 1000 })).recent.size).toBe(0);
    await mkdir(join(folder, "imports"));
    await writeFile(file(), "2020-01-01 500\n2020-01-0");
    expect([...(await openSentDays(file(), { now: 600, windowMs: 1000 })).recent.keys()]).toEqual(["2020-01-01"]);
  });
});
