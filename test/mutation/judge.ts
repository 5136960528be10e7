/** Compares a Stryker report with the known reasons for changes that no test can notice. */

/**
 * The part of Stryker's report that counts here.
 * https://github.com/stryker-mutator/mutation-testing-elements/tree/master/packages/report-schema
 */
export type Report = { files: Record<string, { source: string; mutants: Mutant[] }> };
type Mutant = {
  status: string;
  statusReason?: string;
  replacement?: string;
  location: { start: { line: number } };
};

/** Why nobody can notice a change of a line (trimmed), to the replacement `to`, or to any if that is absent. */
export type Reason = { file: string; line: string; to?: string; reason: string };
export type Verdict = { counts: Record<string, number>; failures: string[] };

const unnoticed = ["Survived", "NoCoverage"];

export function judge(report: Report, reasons: readonly Reason[]): Verdict {
  const counts: Record<string, number> = {};
  const failures: string[] = [];
  const used = new Set<Reason>();
  for (const [file, { source, mutants }] of Object.entries(report.files)) {
    const lines = source.split("\n");
    for (const { status, statusReason = "", replacement = "", location } of mutants) {
      const line = lines[location.start.line - 1]?.trim() ?? "";
      const reason = reasons.find(
        (one) => one.file === file && one.line === line && (one.to ?? replacement) === replacement,
      );
      const isOpen = unnoticed.includes(status);
      if ((isOpen || status === "Ignored") && reason !== undefined) used.add(reason);
      const name = isOpen && reason !== undefined ? "Reasoned" : status;
      counts[name] = (counts[name] ?? 0) + 1;
      const where = `${file}:${location.start.line}: ${line} => ${replacement}`;
      if (isOpen && reason === undefined) failures.push(`no test notices ${where}`);
      // Every test notices a module that throws when it is imported; a runner that crashed has noticed nothing.
      if (statusReason.startsWith("Test runner crashed")) failures.push(`no test could be run on ${where}`);
    }
  }
  const stale = reasons.filter((reason) => !used.has(reason) && Object.hasOwn(report.files, reason.file));
  for (const { file, line } of stale) failures.push(`the reason for ${file}: ${line} is not needed`);
  return { counts, failures };
}
