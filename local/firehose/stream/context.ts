/** What the steps of a delivery stream work with, and what its owner configures and sees. */
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
  /** Runs one conversion at a time, so that their memory does not add up. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Called with messages for the owner. */
  warn(message: string): void;
  troubles: Troubles;
  tuning: Tuning;
};
export type Tuning = {
  /** How many transformations run at once; AWS allows 5 per shard. */
  invocations: number;
  /** How much may wait on disk for the transformation, and for delivery. Beyond that: 503. */
  maxBacklogBytes: number;
  maxSpoolBytes: number;
  /**
   * No more is accepted than can be transformed in this time, at the recent speed. Beyond that: 503, before the delay
   * grows.
   */
  maxDelayMs: number;
  /** How much may wait in memory to be written. Beyond that: 503. */
  maxWaitingBytes: number;
  lingerMs: number;
  retryDelayMs: number;
  /** How many partitions may have a buffer at once. */
  activePartitions: number;
};

/** Counted since the start. */
export type Counts = {
  records: number;
  rows: number;
  failedRecords: number;
  failedDocuments: number;
  /** Those of `failedRecords` for which CloudWatch reports PartitionCountExceeded. */
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
