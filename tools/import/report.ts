/** What an import prints: its progress while it runs, on standard error, and the result, on standard output. */

/** How many lines were read in part, and the numbers of the first few. */
type PartlyRead = { count: number; lines: number[] };
type Problem = { line: number; reason: string };
export type Counts = {
  lines: number;
  accepted: number;
  rejected: number;
  /** Lines that an earlier import had sent. */
  before: number;
  problems: Problem[];
  /** Lines of which only the beginning could be read. */
  cutOff: PartlyRead;
  /** Lines with something in an unknown form. */
  unread: PartlyRead;
  /** The number of the last line, if it was left out because it may be cut off. */
  leftOut: number | undefined;
  /** The latest time that was read, in epoch ms. */
  latest: number | undefined;
  /**
   * Days in the lines read so far; how many of them were sent; and how long, in ms, the next ones currently have to
   * wait.
   */
  days: number;
  daysSent: number;
  waitingMs: number;
};

const SHOWN_PROBLEMS = 10;
const ERASE_LINE = "\r\x1b[K";

export function createCounts(): Counts {
  return {
    lines: 0,
    accepted: 0,
    rejected: 0,
    before: 0,
    problems: [],
    cutOff: { count: 0, lines: [] },
    unread: { count: 0, lines: [] },
    leftOut: undefined,
    latest: undefined,
    days: 0,
    daysSent: 0,
    waitingMs: 0,
  };
}

/** Records the first few problems, in the order of the lines. */
export function addProblem(counts: Counts, problem: Problem): void {
  counts.problems.push(problem);
  counts.problems.sort((a, b) => a.line - b.line);
  counts.problems.length = Math.min(counts.problems.length, SHOWN_PROBLEMS);
}

/** Records a line that was read in part. */
export function addPartly(partly: PartlyRead, line: number): void {
  partly.count++;
  if (partly.lines.length < SHOWN_PROBLEMS) partly.lines.push(line);
}

type Output = { err(text: string): void; terminal?: { columns: number } | undefined };

/**
 * Writes a line of progress every second on a terminal, every ten seconds elsewhere. `stop` ends it and returns the
 * seconds it took.
 */
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
    ...partlyText(counts.cutOff, "as cut off"),
    ...partlyText(counts.unread, "as some of it has an unknown form (--format takes a log_format)"),
    ...leftOutText(counts),
    `  rejected ${count(rejected)}${rejected > 0 ? ", kept with their reason on the stream of rejected events" : ""}`,
    ...problems.map(({ line, reason }) => `    line ${line}: ${reason}`),
    ...(rejected > problems.length ? [`    and ${count(rejected - problems.length)} more`] : []),
  ];
  return rows.join("\n");
}

function partlyText(partly: PartlyRead, why: string): string[] {
  const more = partly.count > partly.lines.length ? ", …" : "";
  return partly.count === 0
    ? []
    : [`  read in part ${count(partly.count)}, ${why}: line ${partly.lines.join(", ")}${more}`];
}

function leftOutText({ leftOut }: Counts): string[] {
  return leftOut === undefined
    ? []
    : [
        `  left out 1: line ${count(leftOut)}, the last one, has no line end and may be cut off; the next import reads it when it has one, --finished reads it now`,
      ];
}

function progressText(counts: Counts, seconds: number): string {
  const { lines, latest } = counts;
  const rate = Math.round(lines / Math.max(seconds, 0.001));
  const day = latest === undefined ? "" : `, up to ${new Date(latest).toISOString().slice(0, 10)}`;
  return `${count(lines)} lines in ${seconds.toFixed(1)} s, ${count(rate)} a second${day}${waitText(counts)}`;
}

/** Firehose buffers each day's events for a while, and has room for a limited number of days. */
function waitText({ days, daysSent, waitingMs }: Counts): string {
  if (waitingMs === 0) return "";
  return `; ${count(daysSent)} of ${count(days)} days sent, waiting until Firehose has room for more`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
