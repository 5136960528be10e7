import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { AwsError } from "../../../local/endpoint/aws-error.ts";
import { objectPath, putObject, s3Path } from "../../../local/s3/objects.ts";

const home = await mkdtemp(join(tmpdir(), "daymark-s3-"));
afterAll(() => rm(home, { recursive: true }));

test("s3Path finds the file of an object and the folder of a prefix", () => {
  expect(s3Path("/home", "s3://lake/events/dt=2026-11-22/a.parquet")).toBe(
    "/home/s3/lake/events/dt=2026-11-22/a.parquet",
  );
  expect(s3Path("/home", "s3://lake/events/")).toBe("/home/s3/lake/events/");
  expect(s3Path("/home", "s3://lake")).toBe("/home/s3/lake");
});

test.each([
  "s3://lake/../../etc/passwd",
  "s3://lake/a/..",
  "s3://../x",
  "s3:///x",
  "/etc/passwd",
  "s3://lake/a\0b",
  "s3://UP/x",
])("s3Path refuses %j", (uri) => expect(() => s3Path("/home", uri)).toThrow(AwsError));

test("objectPath never leaves its bucket whatever the key", () => {
  const key = fc.array(fc.oneof(fc.constantFrom("..", ".", "", "a", "%2e%2e"), fc.string()), { maxLength: 6 });
  fc.assert(
    fc.property(key, (parts) => {
      try {
        const path = objectPath("/home", "lake", parts.join("/"));
        expect(`${resolve(path)}/`.startsWith("/home/s3/lake/")).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("putObject replaces an object whole and leaves nothing else behind", async () => {
  const path = objectPath(home, "lake", "errors/deep/er/x");
  await putObject(path, "one");
  await putObject(path, new TextEncoder().encode("two"));
  expect(await readFile(path, "utf8")).toBe("two");
  expect(await readdir(objectPath(home, "lake", "errors/deep/er"))).toEqual(["x"]);
});

test("putObject leaves no temporary file when it cannot publish", async () => {
  await putObject(objectPath(home, "lake", "taken/x/child"), "folder in the way");
  await expect(putObject(objectPath(home, "lake", "taken/x"), "data")).rejects.toThrow();
  expect(await readdir(objectPath(home, "lake", "taken"))).toEqual(["x"]);
});
