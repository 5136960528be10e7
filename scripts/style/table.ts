/** Figures as a Markdown table: a row per figure, a column per project. */
import type { ProjectFigures, Spread } from "./measure-project.ts";

/** `testSeconds` is undefined if the tests were not run. */
export type NamedFigures = { name: string; figures: ProjectFigures; testSeconds?: number | undefined };

const rows: Record<string, (figures: ProjectFigures, project: NamedFigures) => string> = {
  files: ({ files }) => whole(files),
  "lines of a file: median, p95, max": ({ fileLines }) => spread(fileLines),
  "lines of a function: median, p95, max": ({ functionLines }) => spread(functionLines),
  "lines that are comments": ({ comments }) => percent(comments),
  "`any`": ({ types }) => whole(types?.anys),
  "casts (`as`)": ({ types }) => whole(types?.casts),
  "`!`": ({ types }) => whole(types?.nonNulls),
  "import cycles (files in them)": ({ cycles }) =>
    cycles.length > 0 ? `${cycles.length} (${cycles.join(", ")})` : "0",
  "duplicate blocks (share of code)": ({ duplicates }) => `${whole(duplicates.blocks)} (${percent(duplicates.share)})`,
  "lines of tests per line of source": ({ tests }) => tests.toFixed(1),
  "runtime dependencies": ({ dependencies }) => whole(dependencies),
  "test time, s": (_, { testSeconds }) => whole(testSeconds),
};

export function toTable(projects: NamedFigures[]): string {
  const head = ["", ...projects.map(({ name }) => name)];
  const body = Object.entries(rows).map(([title, show]) => [
    title,
    ...projects.map((project) => show(project.figures, project)),
  ]);
  return [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...body]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

const spread = ({ median, p95, max }: Spread) => [median, p95, max].map(whole).join(", ");
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const whole = (number: number | undefined) => number?.toLocaleString("en-US") ?? "–";
