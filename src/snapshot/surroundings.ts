/** What an invocation uses to take a run, and what can become of the invocation. */
import type { SnapshotSource } from "../schemas/snapshot-source.ts";
import type { FinishedSnapshot, RunClaim } from "../schemas/tables/snapshot-state.ts";
import type { Baton, SnapshotRun, Upload } from "./run.ts";
import type { Catalog } from "./show-tables.ts";

/** Where files and runs are stored, and how the next holder is started. */
export type Surroundings = {
  upload(key: string, file: Uint8Array): Promise<Upload>;
  /** Makes uploaded files appear, and removes what an earlier run left in the folders. */
  place(uploads: readonly Upload[], folders: readonly string[]): Promise<void>;
  /** The catalog's tables. */
  catalog: Catalog;
  readRun(source: string, run: string): Promise<SnapshotRun | undefined>;
  keepRun(run: SnapshotRun): Promise<void>;
  startNext(baton: Baton): Promise<void>;
  /** How long this invocation may still take, in ms. */
  remaining(): number;
  sleep(ms: number): Promise<void>;
  clock(): number;
  newRun(): string;
  partitionOf(at: number): { dt: string; hour: string };
  /** Which invocation this is: a retry of one that was killed has the same id. */
  invocation: string;
  /** False if another invocation is taking a run of the source. */
  claim(source: string, claim: RunClaim): Promise<boolean>;
  /** Whether a run is still claimed: not if the same invocation has begun another one. */
  isClaimed(source: string, run: string): Promise<boolean>;
  release(source: string, run: string): Promise<void>;
  /** The key with which pseudonyms replace values. */
  readPseudonymKey(): Promise<string>;
};

/**
 * What became of an invocation: the run is finished, another holder continues it, it was taken already, or another
 * invocation is taking one.
 */
export type Step = { finished: FinishedSnapshot } | { handedTo: number } | { taken: true } | { busy: true };

/** A connected source. Takes a run as far as time allows: a new one, or the one of a baton. */
export type OpenSource = {
  take(settings: SnapshotSource, from: Baton | undefined, around: Surroundings): Promise<Step>;
};

/** The least time to keep for ending an invocation well. */
export const RESERVE_MS = 60_000;
