/**
 * Finds the files that hold a person's rows, and rewrites them without these. `"$path"` is the file that a row is in.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-finding-source-data.html
 */
import * as z from "zod/mini";
import { dailyEventColumns } from "../schemas/tables/daily-event-columns.ts";
import { eventColumns } from "../schemas/tables/event-columns.ts";
import { rejectedColumns } from "../schemas/tables/rejected-columns.ts";
import { join, raw, type Sql, sql } from "./sql.ts";

/** How the lake identifies a person. */
export type Person = { column: "visitor_id" | "user_id"; id: string };
export type PersonTable = "events" | "daily_events" | "rejected";

/** How many of a person's rows a file (`s3://bucket/key`) holds. */
export const personFileRow = z.object({ dt: z.string(), path: z.string(), rows: z.coerce.number() });
export const pathRow = z.object({ dt: z.string(), path: z.string() });
export type PersonFile = z.infer<typeof personFileRow>;
export const filesRow = z.object({ files: z.coerce.number() });

const isBucket = /^[a-z0-9][a-z0-9.-]+$/;
const columns = {
  events: Object.keys(eventColumns),
  daily_events: Object.keys(dailyEventColumns),
  rejected: Object.keys(rejectedColumns),
};

/** The files of some days that hold rows of a person, as `personFileRow`. */
export function personFiles(table: PersonTable, person: Person, days: readonly string[]): Sql {
  return sql`
select dt, "$path" as path, count(*) as rows
from ${raw(table)}
where dt in (${join(days, ", ")}) and ${isOf[table](person)}
group by dt, "$path"
`;
}

/** A sealed day's events except the person's, in their order. */
export function dailyEventsOfOthers(person: Person, day: string): Sql {
  return sql`
select ${raw(columns.daily_events.join(", "))}
from daily_events
where dt = ${day} and not (${isOf.daily_events(person)})
order by name, occurred_at, event_id
`;
}

/** The files that some days' partitions of a table consist of, as `pathRow`. */
export function currentFiles(table: "daily_events", days: readonly string[]): Sql {
  return sql`
select distinct dt, "$path" as path
from ${raw(table)}
where dt in (${join(days, ", ")})
`;
}

/** How many files some days have, as `filesRow`. */
export function countFiles(table: PersonTable, days: readonly string[]): Sql {
  return sql`
select count(distinct "$path") as files
from ${raw(table)}
where dt in (${join(days, ", ")})
`;
}

/** Writes the other rows of some files of a day to a folder of the bucket, which must be empty. */
export function unloadOthers(
  { table, person, day, files }: { table: PersonTable; person: Person; day: string; files: readonly string[] },
  { bucket, folder }: { bucket: string; folder: string },
): Sql {
  if (!isBucket.test(bucket) || !/^[\w/-]+\/$/.test(folder))
    throw new RangeError(`Cannot write to "${folder}" in bucket "${bucket}": not plain names`);
  return sql`
UNLOAD (
  select ${raw(columns[table].join(", "))}
  from ${raw(table)}
  where dt = ${day} and "$path" in (${join(files, ", ")}) and not (${isOf[table](person)})
) TO '${raw(`s3://${bucket}/${folder}`)}' WITH (format = 'PARQUET', compression = 'SNAPPY')
`;
}

export const personStatements = {
  personFiles,
  personFileRow,
  countFiles,
  filesRow,
  unloadOthers,
  dailyEventsOfOthers,
  currentFiles,
  pathRow,
};
export type PersonStatements = typeof personStatements;

const isTheirs = ({ column, id }: Person): Sql => sql`coalesce(${raw(column)}, '') = ${id}`;
const isOf: Record<PersonTable, (person: Person) => Sql> = {
  events: isTheirs,
  daily_events: isTheirs,
  // A rejected event has only its text, no fields; the id may be in it as escaped by JSON.
  rejected: ({ id }) => {
    const written = JSON.stringify(id).slice(1, -1);
    const holds = (text: string) =>
      sql`strpos(coalesce(raw, ''), ${text}) > 0 or strpos(coalesce(errors, ''), ${text}) > 0`;
    return written === id ? sql`(${holds(id)})` : sql`(${holds(id)} or ${holds(written)})`;
  },
};
