import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeLongKept, setAside } from "../../../local/record-log/record-damage.ts";

const DAY_MS = 86_400_000;

test("what was set aside is kept for 35 days, and then removed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "daymark-damage-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = (await setAside(folder, 7, Buffer.from("?"))) ?? "";
  const folders = [dirname(path), join(folder, "no-such-folder")];
  await removeLongKept(folders, Date.now() + 34 * DAY_MS);
  expect(await readdir(dirname(path))).toEqual(["0000000000000007.bytes"]);
  await removeLongKept(folders, Date.now() + 36 * DAY_MS);
  expect(await readdir(dirname(path))).toEqual([]);
});
