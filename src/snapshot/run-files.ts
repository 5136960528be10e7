/** Runs on their way from one holder to the next, each an object in the lake's bucket, whose lifecycle removes them. */
import { type SnapshotRun, snapshotRun } from "./run.ts";

type Objects = { read(key: string): Promise<string | undefined>; write(key: string, text: string): Promise<void> };

export function createRunFiles(objects: Objects) {
  const keyOf = (source: string, run: string) => `snapshot-runs/source=${source}/${run}.json`;
  return {
    async readRun(source: string, run: string): Promise<SnapshotRun | undefined> {
      const text = await objects.read(keyOf(source, run));
      return text === undefined ? undefined : snapshotRun.parse(JSON.parse(text));
    },
    keepRun: (run: SnapshotRun): Promise<void> => objects.write(keyOf(run.source, run.run), JSON.stringify(run)),
  };
}
