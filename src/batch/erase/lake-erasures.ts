/**
 * The lake as needed for an erasure (src/batch/erase/replace-files.ts): Athena finds and rewrites rows, S3 stores
 * files, and the ledger keeps count.
 */

import type { Athena } from "../../athena-queries/athena.ts";
import type { Person, PersonFile, PersonStatements, PersonTable } from "../../athena-queries/person-rows.ts";
import type { RollupStatements } from "../../athena-queries/rollup-statements.ts";
import type { ErasureLedger } from "../../table/days/erasure-ledger.ts";
import type { Lake, Objects } from "./replace-files.ts";

type Options = {
  athena: Athena;
  objects: Objects;
  ledger: ErasureLedger;
  statements: PersonStatements;
  rollups: RollupStatements;
};
type Files = { table: PersonTable; person: Person; day: string; files: readonly string[] };

export function createLakeErasures({ athena, objects, ledger, statements, rollups }: Options): Lake {
  const { bucket } = objects;
  return {
    objects,
    ledger,
    async findFiles(
      table: PersonTable,
      person: Person,
      days: readonly string[],
    ): Promise<{ files: PersonFile[]; of: number }> {
      const files = await athena.run(statements.personFiles(table, person, days), { schema: statements.personFileRow });
      const [all] = await athena.run(statements.countFiles(table, days), { schema: statements.filesRow });
      return { files, of: all?.files ?? 0 };
    },
    async unloadDaily(person: Person, day: string, id: string): Promise<void> {
      await athena.run(rollups.unloadEvents(day, id, statements.dailyEventsOfOthers(person, day)));
    },
    async pointDaily(day: string, id: string): Promise<void> {
      for (const statement of rollups.pointEvents(day, id)) await athena.run(statement);
    },
    async dailyFiles(days: readonly string[]): Promise<Map<string, string[]>> {
      const rows = await athena.run(statements.currentFiles("daily_events", days), { schema: statements.pathRow });
      const byDay = Map.groupBy(rows, ({ dt }) => dt);
      return new Map([...byDay].map(([day, some]) => [day, some.map(({ path }) => path)]));
    },
    async unloadOthers(from: Files, folder: string): Promise<void> {
      await athena.run(statements.unloadOthers(from, { bucket, folder }));
    },
  };
}
