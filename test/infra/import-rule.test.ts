/**
 * Adds a violation of each rule that holds the layout together, and an allowed counterpart, to a copy of the project's
 * linter settings. A linter that no longer noticed one of them would not say so itself.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const restricted = "lint/style/noRestrictedImports";
const value = (from: string): string => `import { x } from "${from}";\nexport const y = x;\n`;
const type = (from: string): string => `import type { x } from "${from}";\nexport type Y = typeof x;\n`;

/** A function of `lines` lines, including its two braces. */
const functionOf = (lines: number): string =>
  `export function long(list: number[]) {\n${"  list.push(1);\n".repeat(lines - 2)}}\n`;

/** Folder, source, and the rule that must object to it; none if it is allowed. */
const cases: [folder: string, source: string, rule?: string][] = [
  ["src/schemas", value("../metrics/x.ts"), restricted],
  ["src/schemas", value("./x.ts")],
  ["src/schemas/api", value("../events/x.ts")],
  ["src/schemas/events", value("../../metrics/x.ts"), restricted],
  ["src/metrics", value("../athena-queries/x.ts"), restricted],
  ["src/metrics", value("../schemas/x.ts")],
  ["src/metrics", value("../schemas/tables/x.ts")],
  ["src/athena-queries", value("../table/x.ts"), restricted],
  ["src/athena-queries", value("../metrics/x.ts")],
  ["src/sources", value("../collect/x.ts"), restricted],
  ["src/sources", value("../schemas/x.ts")],
  ["src/databases", type("../snapshot/x.ts")],
  ["src/databases", value("../aws/x.ts"), restricted],
  ["src/snapshot", value("../sources/x.ts")],
  ["src/snapshot", value("../aws/x.ts"), restricted],
  ["src/snapshot", value("../collect/x.ts"), restricted],
  ["src/snapshot", "export const now = () => Date.now();\n", "plugin"],
  ["src/sources/aws", value("../x.ts")],
  ["src/sources/aws", value("../../schemas/x.ts")],
  ["src/sources/aws", value("../../collect/x.ts"), restricted],
  ["src/table", value("../stream/x.ts"), restricted],
  ["src/table", value("../athena-queries/x.ts"), restricted],
  ["src/table", value("../metrics/x.ts")],
  ["src/table/days", value("../blocks/x.ts")],
  ["src/table/days", value("../../aws/x.ts"), restricted],
  ["src/table", 'import { inflateRawSync } from "node:zlib";\nexport const inflate = inflateRawSync;\n'],
  ["src/table", 'import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n', restricted],
  ["src/collect", value("../sources/x.ts")],
  ["src/collect", value("../stream/x.ts"), restricted],
  ["src/collect", value("../aws/x.ts"), restricted],
  ["src/collect/event", value("../visitor/x.ts")],
  ["src/collect/event", value("../../metrics/x.ts")],
  ["src/collect/event", value("../../table/x.ts")],
  ["src/collect/event", value("../../query/x.ts"), restricted],
  ["src/collect/event", value("../../config.ts"), restricted],
  ["src/stream", value("../table/x.ts")],
  ["src/stream", value("../query/x.ts"), restricted],
  ["src/stream", 'import { readFile } from "node:fs/promises";\nexport const read = readFile;\n', restricted],
  ["src/stream", 'import { setImmediate } from "node:timers/promises";\nexport const turn = setImmediate;\n'],
  ["src/stream", value("../aws/x.ts"), restricted],
  ["src/batch", value("../athena-queries/x.ts")],
  ["src/batch", value("../query/x.ts"), restricted],
  ["src/batch/erase", value("../run.ts")],
  ["src/batch/erase", value("../../query/x.ts"), restricted],
  ["src/batch", value("../aws/x.ts"), restricted],
  ["src/query", value("../table/x.ts")],
  ["src/query", value("../stream/x.ts"), restricted],
  ["src/query", value("../batch/x.ts"), restricted],
  ["src/query/present", value("../../table/blocks/x.ts")],
  ["src/query/present", value("../../batch/x.ts"), restricted],
  ["src/query", value("../aws/x.ts"), restricted],
  ["src/site", value("../collect/x.ts"), restricted],
  ["src/site", value("./x.ts")],
  ["src/aws", value("../handlers/x.ts"), restricted],
  ["src/aws", value("../config.ts"), restricted],
  ["src/aws", value("../table/x.ts"), "plugin"],
  ["src/aws", 'import { type T, x } from "../metrics/x.ts";\nexport const y: T = x;\n', "plugin"],
  ["src/aws", type("../table/x.ts")],
  ["src/aws", value("../errors.ts")],
  ["src/aws/dynamodb", value("../x.ts")],
  ["src/aws/dynamodb", value("../../config.ts"), restricted],
  ["src/aws/dynamodb", value("../../table/x.ts"), "plugin"],
  ["src/aws/dynamodb", type("../../table/x.ts")],
  ["src/middleware", value("../aws/x.ts"), restricted],
  ["src/middleware", value("../log.ts")],
  ["src/middleware", value("../schemas/problems.ts")],
  ["src/middleware", value("../schemas/day.ts"), restricted],
  ["src/handlers", value("./x.ts"), restricted],
  ["src/handlers", value("../../local/x.ts"), restricted],
  ["src/handlers", value("../aws/x.ts")],
  ["src/handlers", value("../wiring/x.ts")],
  ["src/wiring", value("../aws/x.ts")],
  ["src/wiring", value("../handlers/x.ts"), restricted],
  ["src/collect", value("../wiring/x.ts"), restricted],
  ["src/beacon", value("../schemas/x.ts"), "plugin"],
  ["src/dashboard", value("../schemas/api/x.ts"), "plugin"],
  ["src/beacon", value("../collect/x.ts"), restricted],
  ["src/beacon", type("../schemas/x.ts")],
  ["src/dashboard", value("../metrics/x.ts"), restricted],
  ["src/dashboard", type("../schemas/x.ts")],
  ["src/dashboard/chart", value("../../schemas/x.ts"), "plugin"],
  ["src/dashboard/chart", value("../../metrics/x.ts"), restricted],
  ["src/dashboard/chart", value("../../../local/x.ts"), restricted],
  ["src/dashboard/chart", type("../../schemas/x.ts")],
  ["src/dashboard/chart", value("../range/x.ts")],
  ["src/query", value("../../local/x.ts"), restricted],
  ["src/aws", value("../../bench/x.ts"), restricted],
  ["src", value("../local/x.ts"), restricted],
  ["local", value("../src/schemas/x.ts"), restricted],
  ["local/s3", value("../../src/schemas/x.ts"), restricted],
  ["local/firehose/lake", value("../../../src/metrics/x.ts"), restricted],
  ["local/s3", type("../../src/schemas/x.ts"), restricted],
  ["local/s3", value("../../tools/import/x.ts"), restricted],
  ["local/s3", value("../glue/x.ts")],
  ["tools", value("../local/x.ts"), restricted],
  ["tools/import", value("../../src/collect/x.ts"), restricted],
  ["tools/import", value("../../src/metrics/x.ts"), restricted],
  ["tools/import", value("../../src/metrics/time-bucket.ts")],
  ["tools/import", value("../../src/schemas/x.ts")],
  ["tools/import", value("../../src/sources/x.ts")],
  ["tools/import", value("../options.ts")],
  ["tools/import", value("../demo/x.ts"), restricted],
  ["tools/import", value("../../local/x.ts"), restricted],
  ["tools/import", 'import { S3Client } from "@aws-sdk/client-s3";\nexport const C = S3Client;\n', restricted],
  ["tools/demo", value("../import/run.ts")],
  ["tools/demo", value("../import/x.ts"), restricted],
  ["tools/demo", value("../../src/demo/postings.ts")],
  ["tools/demo", value("../../bench/x.ts"), restricted],
  ["tools/sql", value("../../local/x.ts"), restricted],
  ["tools/sql", value("../../src/aws/x.ts"), restricted],
  ["tools/sql", value("../import/x.ts"), restricted],
  ["tools/sql", value("../../src/schemas/x.ts")],
  ["tools/sql", 'import { AthenaClient } from "@aws-sdk/client-athena";\nexport const C = AthenaClient;\n'],
  ["tools/sql", value("./x.ts")],
  ["tools/rebuild", 'import { LambdaClient } from "@aws-sdk/client-lambda";\nexport const C = LambdaClient;\n'],

  ["src/collect", "export const now = () => Date.now();\n", "plugin"],
  ["src/collect/visitor", "export const now = () => Date.now();\n", "plugin"],
  ["src/stream", "export const now = () => Date.now();\n", "plugin"],
  ["src/batch", "export const now = () => Date.now();\n", "plugin"],
  ["src/query", "export const now = () => new Date();\n", "plugin"],
  ["src/site", "export const now = () => new Date();\n", "plugin"],
  ["src/metrics", "export const chance = () => Math.random();\n", "plugin"],
  ["src/query", "export const day = (now: number) => new Date(now);\n"],
  ["src/handlers", "export const now = () => Date.now();\n"],
  ["src/collect", 'import { randomUUID } from "node:crypto";\nexport const id = randomUUID;\n', restricted],
  ["src/collect", 'import { createHash } from "node:crypto";\nexport const hash = createHash;\n'],
  ["src/schemas", 'import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n', restricted],
  [
    "src/athena-queries",
    'import { AthenaClient } from "@aws-sdk/client-athena";\nexport const C = AthenaClient;\n',
    restricted,
  ],
  ["src/aws", "export const table = process.env.TABLE;\n", "lint/style/noProcessEnv"],
  ["src/handlers", "export const table = process.env.TABLE;\n", "lint/style/noProcessEnv"],

  ["src/aws", "export async function put() {}\nput();\n", "lint/nursery/noFloatingPromises"],
  ["src/aws", "export async function put() {}\nvoid put();\n"],
  ["src/metrics", "export default 1;\n", "lint/style/noDefaultExport"],
  ["src/metrics", "export const first = (list: number[]) => list[0]!;\n", "lint/style/noNonNullAssertion"],
  ["src/metrics", "export const loose = (x: any) => x;\n", "lint/suspicious/noExplicitAny"],
  ["src/metrics", 'export * from "./x.ts";\n', "lint/performance/noBarrelFile"],
  ["local/s3", functionOf(63), "lint/complexity/noExcessiveLinesPerFunction"],
  ["local/s3", functionOf(59)],
  ["test/local", functionOf(63)],
];

describe("linter", () => {
  const found = new Map<string, string[]>();
  const nameOf = (index: number): string => `${cases[index]?.[0]}/case-${index}.ts`;

  beforeAll(async () => {
    const project = await mkdtemp(join(tmpdir(), "daymark-lint-"));
    for (const settings of ["biome.json", ".gitignore", "scripts/lint"])
      await cp(join(root, settings), join(project, settings), { recursive: true });
    const files: [string, string][] = cases.map(([, source], index) => [nameOf(index), source]);
    for (const folder of new Set(cases.map(([name]) => name)))
      files.push([`${folder}/x.ts`, "export const x = 1;\nexport type T = number;\n"]);
    files.push(["src/metrics/cycle-a.ts", value("./cycle-b.ts").replace("y =", "x = () =>")]);
    files.push(["src/metrics/cycle-b.ts", value("./cycle-a.ts").replace("y =", "x = () =>")]);
    for (const [name, source] of files) {
      await mkdir(dirname(join(project, name)), { recursive: true });
      await writeFile(join(project, name), source);
    }
    for (const { category, location } of await lint(project))
      found.set(location.path, [...(found.get(location.path) ?? []), category]);
    await rm(project, { recursive: true });
  });

  const rows = cases.map(([folder, source, rule], index) => ({ folder, source, rule: rule ?? "nothing", index }));

  test.each(rows)("in $folder, of $source, objects to: $rule", ({ rule, index }) => {
    expect(found.get(nameOf(index)) ?? []).toEqual(rule === "nothing" ? [] : [rule]);
  });

  test("sees a cycle of imports", () => {
    expect(found.get("src/metrics/cycle-a.ts")).toContain("lint/suspicious/noImportCycles");
  });
});

type Diagnostic = { category: string; location: { path: string } };

async function lint(project: string): Promise<Diagnostic[]> {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const output = await new Promise<string>((done) => {
    const args = [biome, "lint", "--reporter=json", "--max-diagnostics=none", "."];
    execFile(process.execPath, args, { cwd: project, maxBuffer: 1 << 26 }, (_, stdout) => done(stdout));
  });
  return (JSON.parse(output) as { diagnostics: Diagnostic[] }).diagnostics;
}
