import { expect, test } from "vitest";
import { judge, type Reason } from "./judge.ts";

const mutant = (status: string, line: number, replacement: string) => ({
  status,
  replacement,
  location: { start: { line } },
});
const report = {
  files: {
    "src/a.ts": {
      source: "const a = 1;\n  const b = a ?? 2;\n",
      mutants: [mutant("Killed", 1, "2"), mutant("Survived", 2, "a && 2"), mutant("NoCoverage", 2, "3")],
    },
  },
};
const reason: Reason = { file: "src/a.ts", line: "const b = a ?? 2;", reason: "a is always there" };

test("a change that nobody notices fails unless there is a reason for its line", () => {
  expect(judge(report, [])).toEqual({
    counts: { Killed: 1, Survived: 1, NoCoverage: 1 },
    failures: [
      "no test notices src/a.ts:2: const b = a ?? 2; => a && 2",
      "no test notices src/a.ts:2: const b = a ?? 2; => 3",
    ],
  });
  expect(judge(report, [reason])).toEqual({ counts: { Killed: 1, Reasoned: 2 }, failures: [] });
  expect(judge(report, [{ ...reason, to: "3" }]).failures).toEqual([
    "no test notices src/a.ts:2: const b = a ?? 2; => a && 2",
  ]);
});

test("a reason for a change that was not tried is kept", () => {
  const ignored = { files: { "src/a.ts": { source: "x", mutants: [mutant("Ignored", 1, "y")] } } };
  const verdict = judge(ignored, [{ file: "src/a.ts", line: "x", reason: "" }]);
  expect(verdict).toEqual({ counts: { Ignored: 1 }, failures: [] });
});

test("a reason that is not needed fails, but not when its file was left out", () => {
  const stale = [{ ...reason, line: "gone" }, { ...reason, file: "src/b.ts" }, reason];
  expect(judge(report, stale).failures).toEqual(["the reason for src/a.ts: gone is not needed"]);
});

test("a change on which the tests could not be run fails", () => {
  const failed = (statusReason: string) => ({ ...mutant("RuntimeError", 1, "y"), statusReason });
  const mutants = [failed("Test runner crashed. Tried twice"), failed("TypeError: Cannot define metric")];
  const broken = { files: { "src/a.ts": { source: "x", mutants } } };
  expect(judge(broken, [])).toEqual({
    counts: { RuntimeError: 2 },
    failures: ["no test could be run on src/a.ts:1: x => y"],
  });
});
