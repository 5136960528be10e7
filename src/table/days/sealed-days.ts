/**
 * Three things that only the batch writes:
 *
 * - which days have a rollup in the catalog, one item a year (`pk = sealed`, `sk = <year>`), so that a rollup that is
 *   gone can be told from a day without events; a day is added after its partition is in place;
 * - which partitions were put in place, so that the files they replaced can be removed (`moved`, beside the days);
 * - the reservation of a month by the run that rolls it up (`pk = months`, `sk = <month>`).
 */
import { partitionKeys, type SealedPartition, type SealedTable } from "../../schemas/tables/sealed-tables.ts";
import { type Item, type Key, keyOf, number, type Table } from "../table.ts";

type Times = { now: number; staleAfter: number };

export type SealedDays = ReturnType<typeof createSealedDays>;

/** The items in a table. */
export function createSealedDays(table: Table) {
  return { ...partitionsOf(table), ...reservationsOf(table) };
}

/** The reservation of a month by the run that rolls it up. */
function reservationsOf(table: Table) {
  return {
    /** Reserves a month for a run. A reservation older than `staleAfter` ms belongs to a dead run and is taken over. */
    startMonth(month: string, run: string, { now, staleAfter }: Times): Promise<boolean> {
      return table.update(keyOfMonth(month), {
        UpdateExpression: "SET moving = :run, moving_at = :now",
        ConditionExpression: "attribute_not_exists(moving) OR moving = :run OR moving_at < :stale",
        ExpressionAttributeValues: {
          ":run": { S: run },
          ":now": number(now),
          ":stale": number(now - staleAfter),
        },
      });
    },

    async endMonth(month: string, run: string): Promise<void> {
      await table.update(keyOfMonth(month), {
        UpdateExpression: "REMOVE moving, moving_at",
        ConditionExpression: "moving = :run",
        ExpressionAttributeValues: { ":run": { S: run } },
      });
    },
  };
}

function partitionsOf(table: Table) {
  const readYears = (): Promise<Item[]> => table.query({ pk: "sealed" });

  return {
    async add(day: string): Promise<void> {
      await table.update(keyOfYear(day), {
        UpdateExpression: "ADD #days :days, moved :moved",
        ExpressionAttributeNames: { "#days": "days" },
        ExpressionAttributeValues: {
          ":days": { SS: [day] },
          ":moved": { SS: [nameOf("rollups", day), nameOf("daily_events", day)] },
        },
      });
    },

    async addMonth(month: string): Promise<void> {
      await table.update(keyOfYear(month), {
        UpdateExpression: "ADD moved :moved",
        ExpressionAttributeValues: {
          ":moved": { SS: [nameOf("rollups_monthly", month), nameOf("rollups_by_month", month)] },
        },
      });
    },

    /** The partitions that were put in place and not forgotten since. */
    async readMoved(): Promise<SealedPartition[]> {
      return (await readYears()).flatMap((item) => item.moved?.SS ?? []).flatMap(partitionOf);
    },

    async forgetMoved({ table: of, partition }: SealedPartition): Promise<void> {
      await table.update(keyOfYear(partition), {
        UpdateExpression: "DELETE moved :moved",
        ExpressionAttributeValues: { ":moved": { SS: [nameOf(of, partition)] } },
      });
    },

    /** All sealed days: 4 KB a year. */
    async read(): Promise<Set<string>> {
      return new Set((await readYears()).flatMap((item) => item.days?.SS ?? []));
    },
  };
}

function keyOfMonth(month: string): Key {
  return keyOf("months", month);
}

/** Days and months begin with their year. */
function keyOfYear(partition: string): Key {
  return keyOf("sealed", partition.slice(0, 4));
}

function nameOf(table: SealedTable, partition: string): string {
  return `${table}/${partition}`;
}

function partitionOf(name: string): SealedPartition[] {
  const [table = "", partition = ""] = name.split("/");
  return isSealedTable(table) ? [{ table, partition }] : [];
}

function isSealedTable(name: string): name is SealedTable {
  return Object.hasOwn(partitionKeys, name);
}
