import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";

type Package = { version?: string; license?: string; dev?: boolean; optionalDependencies?: Record<string, string> };
const read = (name: string) => JSON.parse(readFileSync(resolve(import.meta.dirname, "../..", name), "utf8"));
const packages: Record<string, Package> = read("package-lock.json").packages;

describe("dependencies", () => {
  test("of what is deployed are few and chosen", () => {
    expect(Object.keys(read("package.json").dependencies)).toEqual([
      "@aws-sdk/client-athena",
      "@aws-sdk/client-dynamodb",
      "@aws-sdk/client-firehose",
      "@aws-sdk/client-glue",
      "@aws-sdk/client-lambda",
      "@aws-sdk/client-s3",
      "@aws-sdk/client-secrets-manager",
      "@middy/core",
      "bowser",
      "hyparquet-writer",
      "isbot",
      "mysql2",
      "pg",
      "pg-copy-streams",
      "zod",
    ]);
  });

  test("are pinned", () => {
    const { dependencies, devDependencies } = read("package.json");
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(npm:\w+@)?\d/.test(String(version)),
    );
    expect(loose).toEqual([]);
  });

  test("ask nothing of whoever uses this project under its own licence", () => {
    const strange = Object.entries(packages)
      .filter(([path]) => path !== "")
      .filter(([, { license }]) => license !== undefined && /GPL|SSPL|BUSL|UNLICENSED/i.test(license))
      .map(([path, { license }]) => `${path}: ${license}`);
    expect(strange).toEqual([]);
  });

  test("are locked for every platform, or npm ci would refuse the lock (npm run lock)", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });

  test("name no registry of the machine that locked them", () => {
    expect(Object.values(packages).filter((entry) => "resolved" in entry)).toEqual([]);
  });
});
