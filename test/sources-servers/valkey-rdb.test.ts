/** RDB files of a real Valkey, which has a form of its own for hashes whose fields expire. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startValkey } from "./redis.ts";
import { readKeys, testFiles } from "./redis-rdb-files.ts";

testFiles(startValkey);

test("a hash of which some fields expire is read with all that it has", async () => {
  await using server = await startValkey();
  await server.send(["HSET", "mixed", "stays", "1", "goes", "2"], ["HEXPIRE", "mixed", "900", "FIELDS", "1", "goes"]);
  await server.send(["SET", "behind", "it"], ["SAVE"]);
  const { of } = await readKeys(createReadStream(join(server.home, "dump.rdb")));
  expect(of).toEqual({ mixed: ["hash", { stays: "1", goes: "2" }], behind: ["string", "it"] });
});
