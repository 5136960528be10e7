/** What an invocation takes a run with, and what becomes of it. */
import type { SnapshotSource } from "../schemas/snapshot-source.ts";
import type { FinishedSnapshot } from "../schemas/tables/snapshot-state.ts";
import type { Baton, SnapshotRun, Upload } from "./run.ts";

/** Where files and runs are kept, and how the next holder is started. */
export type Surroundings = {
  upload(key: string, file: Uint8Array): Promise<Upload>;
  /** Makes uploaded files appear; what an earlier run has left in the folders goes. */
  place(uploads: readonly Upload[], folders: readonly string[]): Promise<void>;
  readRun(source: string, run: string): Promise<SnapshotRun | undefined>;
  keepRun(run: SnapshotRun): Promise<void>;
  startNext(baton: Baton): Promise<void>;
  /** How long this invocation may still take, in ms. */
  remaining(): number;
  sleep(ms: number): Promise<void>;
  clock(): number;
  newRun(): string;
  partitionOf(at: number): { dt: string; hour: string };
  /** With which values are hidden. */
  readPseudonymKey(): Promise<string>;
};

/** What became of an invocation: the run is over, somebody else goes on with it, or it is had already. */
export type Step = { finished: FinishedSnapshot } | { handedTo: number } | { taken: true };

/** A source that is connected to. Takes a run as far as time allows: a new one, or the one of a baton. */
export type OpenSource = {
  take(settings: SnapshotSource, from: Baton | undefined, around: Surroundings): Promise<Step>;
};

/** The least that is left of an invocation for ending it well. */
export const RESERVE_MS = 60_000;
