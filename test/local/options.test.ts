import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { options, readOptions, UsageError, usage } from "../../local/options.ts";

test("each option is the variable of its name", () => {
  expect(readOptions([])).toEqual({});
  expect(readOptions(["--port", "3100", "--home=/tmp/x", "--read-token", "rt"])).toEqual({
    PORT: "3100",
    DAYMARK_HOME: "/tmp/x",
    DAYMARK_READ_TOKEN: "rt",
  });
});

test("help is told from an error", () => {
  expect([readOptions(["--help"]), readOptions(["-h", "--port", "1"])]).toEqual(["help", "help"]);
  for (const args of [["--prot", "1"], ["3100"], ["--port"], ["--help=x"]])
    expect(() => readOptions(args), args.join(" ")).toThrow(UsageError);
});

test("every variable that stage local or the start reads is an option, and is in both READMEs", async () => {
  const read = async (path: string) => await readFile(path, "utf8");
  const sources = await Promise.all(["serverless.yml", "local/main.ts"].map(read));
  const used = sources.flatMap((text) =>
    [...text.matchAll(/\b(?:AWS_)?PORT\b|\bDAYMARK_[A-Z_]+\b/g)].map(([name]) => name),
  );
  const known = Object.values(options).map(({ variable }) => variable);
  expect([...new Set(used)].sort()).toEqual(known.toSorted());
  for (const text of [usage, ...(await Promise.all(["README.md", "README.ko.md"].map(read)))])
    expect(known.filter((name) => !text.includes(name))).toEqual([]);
});
