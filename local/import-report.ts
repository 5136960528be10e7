/** What an import tells: how far it is while it runs, on standard error, and what came of it, on standard output. */

type Problem = { line: number; reason: string };
export type Counts = {
  lines: number;
  accepted: number;
  rejected: number;
  /** Lines that an earlier import had sent. */
  before: number;
  problems: Problem[];
  /** The latest time that was read, in epoch ms. */
  latest: number | undefined;
};

const SHOWN_PROBLEMS = 10;
const ERASE_LINE = "\r\x1b[K";

export function createCounts(): Counts {
  return { lines: 0, accepted: 0, rejected: 0, before: 0, problems: [], latest: undefined };
}

/** Remembers the first few problems, in the order of the lines. */
export function addProblem(counts: Counts, problem: Problem): void {
  counts.problems.push(problem);
  counts.problems.sort((a, b) => a.line - b.line);
  counts.problems.length = Math.min(counts.problems.length, SHOWN_PROBLEMS);
}

type Output = { err(text: string): void; terminal?: { columns: number } | undefined };

/** Writes a line of progress each second on a terminal, each ten seconds elsewhere. `stop` ends it and gives the seconds it took. */
export function showProgress(name: string, counts: Counts, { err, terminal }: Output) {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const show = () => {
    const text = `${name}: ${progressText(counts, seconds())}`;
    err(terminal === undefined ? `${text}\n` : `${ERASE_LINE}${text.slice(0, terminal.columns - 1)}`);
  };
  const timer = setInterval(show, terminal === undefined ? 10_000 : 1000);
  const erase = terminal === undefined ? "" : ERASE_LINE;
  return {
    note: (text: string) => err(`${erase}${name}: ${text}\n`),
    stop(): number {
      clearInterval(timer);
      if (erase !== "") err(erase);
      return seconds();
    },
  };
}

/** The summary of one file. */
export function summary(name: string, counts: Counts, seconds: number): string {
  const { accepted, rejected, before, problems } = counts;
  const rows = [
    `${name}: ${progressText(counts, seconds)}`,
    `  accepted ${count(accepted)}${accepted > 0 ? ", to be counted within seconds" : ""}`,
    ...(before > 0
      ? [`  imported before ${count(before)} (--restart sends them again; they count once all the same)`]
      : []),
    `  rejected ${count(rejected)}${rejected > 0 ? ", kept with their reason on the stream of rejected events" : ""}`,
    ...problems.map(({ line, reason }) => `    line ${line}: ${reason}`),
    ...(rejected > problems.length ? [`    and ${count(rejected - problems.length)} more`] : []),
  ];
  return rows.join("\n");
}

function progressText({ lines, latest }: Counts, seconds: number): string {
  const rate = Math.round(lines / Math.max(seconds, 0.001));
  const day = latest === undefined ? "" : `, up to ${new Date(latest).toISOString().slice(0, 10)}`;
  return `${count(lines)} lines in ${seconds.toFixed(1)} s, ${count(rate)} a second${day}`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
