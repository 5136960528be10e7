/**
 * Finds a person in text: in the rows under the error prefix, and in what is stored of rejected events. A row with
 * fields belongs to a person if its field says so; a text without fields does if it contains the id.
 */
import type { Person } from "../../athena-queries/person-rows.ts";

/** Whether a text contains the person's id, either as it is or as escaped by JSON. */
export function holdsPerson(text: string, { id }: Person): boolean {
  return text.includes(id) || text.includes(JSON.stringify(id).slice(1, -1));
}

/** An object under Firehose's error prefix without the person's rows: its text, and how many rows were removed. */
export function withoutPerson(object: string, person: Person): { text: string; rows: number } {
  let rows = 0;
  const lines = object.split("\n").flatMap((line) => {
    if (line === "") return [];
    const left = errorLine(line, person);
    rows += left.rows;
    return left.line === undefined ? [] : [`${left.line}\n`];
  });
  return { text: lines.join(""), rows };
}

/** One failed record. Its rows are those of one request, which may be about several people. */
function errorLine(line: string, person: Person): { line: string | undefined; rows: number } {
  const failure = parse(line);
  if (!isObject(failure) || typeof failure.rawData !== "string")
    return holdsPerson(line, person) ? { line: undefined, rows: 1 } : { line, rows: 0 };
  const all = Buffer.from(failure.rawData, "base64")
    .toString()
    .split("\n")
    .filter((row) => row !== "");
  const others = all.filter((row) => !isOfPerson(row, person));
  if (others.length === all.length) return { line, rows: 0 };
  const rows = all.length - others.length;
  if (others.length === 0) return { line: undefined, rows };
  const rawData = Buffer.from(`${others.join("\n")}\n`).toString("base64");
  return { line: JSON.stringify({ ...failure, rawData }), rows };
}

function isOfPerson(row: string, person: Person): boolean {
  const value = parse(row);
  if (!isObject(value) || typeof value.event_id !== "string" || typeof value.raw === "string")
    return holdsPerson(row, person);
  return value[person.column] === person.id;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
