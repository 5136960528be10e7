/** The first step of a record: it is accepted when it is on disk, or refused if too much is waiting already. */
import { AwsError } from "../../endpoint/aws-error.ts";
import type { Pace } from "../limits.ts";
import { recordIdAt } from "../records.ts";
import type { StreamContext } from "./context.ts";
import { canCut } from "./next-step.ts";
import { addPut } from "./progress.ts";

/** Stores records (as `readRecords` gives them) and resolves with their ids when they are on disk. */
export type Put = (stored: readonly Buffer[]) => Promise<string[]>;

/** How long after the last failed put the stream counts as failing. */
const putTroubleMs = 5_000;

/** `onFull` is called when there is something to cut that was not there before. */
export function createPut(context: StreamContext, pace: Pace, onFull: () => void): Put {
  const { log, journal, limits, progress, counts, signal, tuning } = context;
  const tell = createPutTrouble(context);
  const isBusy = (): boolean => {
    const maxBacklog = Math.min(tuning.maxBacklogBytes, pace.bytesIn(tuning.maxDelayMs));
    return log.waitingBytes > tuning.maxWaitingBytes || backlogBytes(context) > maxBacklog;
  };
  const isFull = (): boolean => {
    const { state } = journal;
    return log.end - state.cut >= limits.bytes && canCut({ state, end: log.end, progress }, limits);
  };
  return async (stored) => {
    if (signal.aborted || isBusy()) throw slowDown();
    const wasEmpty = log.end === journal.state.cut;
    const positions = await log.append(stored).catch((cause) => {
      context.noteError(cause);
      tell(cause);
      throw slowDown(cause);
    });
    tell(undefined);
    if (wasEmpty) addPut(progress, performance.now());
    counts.records += stored.length;
    if (wasEmpty || isFull()) onFull();
    return positions.map(recordIdAt);
  };
}

/** Bytes on disk that are not transformed yet. */
export function backlogBytes({ log, journal }: Pick<StreamContext, "log" | "journal">): number {
  return log.end - (journal.state.batches[0]?.from ?? journal.state.cut);
}

/** Reports that nothing can be put, and when it can again. */
function createPutTrouble({ stream, troubles, signal }: StreamContext): (cause: unknown) => void {
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer));
  const tell = (cause: unknown): void => {
    if (cause === undefined && !isFailing) return;
    clearTimeout(timer);
    isFailing = cause !== undefined;
    // Callers may not retry while the health check says that it is useless, so this timer ends the failing state.
    if (isFailing) timer = setTimeout(tell, putTroubleMs, undefined);
    const detail = `Delivery stream ${stream.name} takes nothing: ${cause instanceof Error ? cause.message : cause}`;
    const summary = `${stream.name} takes nothing: ${codeIn(cause) ?? "it cannot be written"}`;
    troubles.set(`put ${stream.name}`, isFailing ? { kind: "unwritable", summary, detail } : undefined);
  };
  return tell;
}

/** The system's code for an error, from anywhere in its chain of causes: ENOSPC, EIO. */
function codeIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return "code" in error && typeof error.code === "string" ? error.code : codeIn(error.cause);
}

function slowDown(cause?: unknown): AwsError {
  return new AwsError("ServiceUnavailableException", "Slow down.", { status: 503, cause });
}
