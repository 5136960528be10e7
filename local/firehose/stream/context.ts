/** What the steps of a delivery stream work with, and what its owner sets and sees. */
import type { Database } from "../../duckdb/database.ts";
import type { Invoke } from "../../endpoint/aws-error.ts";
import type { Faults } from "../../faults.ts";
import type { RecordLog } from "../../record-log/record-log.ts";
import type { Troubles } from "../../troubles.ts";
import type { StreamDescription } from "../description.ts";
import type { DamageReport } from "./damage-report.ts";
import type { Journal } from "./journal.ts";
import type { Limits, Progress } from "./next-step.ts";

export type StreamOptions = {
  home: string;
  stream: StreamDescription;
  invoke: Invoke;
  database: Database;
  faults: Faults;
  /** Lets one conversion run at a time, so that their memory does not add up. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Told what an owner should see. */
  warn(message: string): void;
  troubles: Troubles;
  tuning: Tuning;
};
export type Tuning = {
  /** Transformations under way at once; AWS allows 5 per shard. */
  invocations: number;
  /** Records on disk that wait for the transformation, and transformed ones that wait for delivery. Beyond: 503. */
  maxBacklogBytes: number;
  maxSpoolBytes: number;
  /** No more is taken than is transformed in this time, as fast as it lately was. Beyond: 503, before the delay grows. */
  maxDelayMs: number;
  /** Records in memory that wait to be on disk. Beyond: 503. */
  maxWaitingBytes: number;
  lingerMs: number;
  retryDelayMs: number;
  /** Partitions that may have a buffer at once. */
  activePartitions: number;
};

/** Since the start. */
export type Counts = {
  records: number;
  rows: number;
  failedRecords: number;
  failedDocuments: number;
  /** Of `failedRecords`, those for which CloudWatch says PartitionCountExceeded. */
  exceedingRecords: number;
};

/** What the stream has on disk. */
export type StreamFolder = { log: RecordLog; journal: Journal; spool: string; damage: DamageReport };
export type StreamContext = StreamOptions &
  StreamFolder & {
    limits: Limits;
    progress: Progress;
    counts: Counts;
    /** Aborted when the stream stops. */
    signal: AbortSignal;
    /** Remembers what went wrong, for the status. */
    noteError(error: unknown): void;
  };
