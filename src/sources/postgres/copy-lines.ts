/**
 * Rows as `COPY … TO STDOUT` writes them: one per line, with tabs between fields, `\N` for null, and a backslash before
 * anything that would be mistaken for one of these.
 * https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 */

/** A row's fields as their types write them; null for null. */
export type CopiedFields = (string | null)[];

const NEWLINE = 0x0a;

/**
 * A function that cuts chunks of bytes into lines. Only whole lines are decoded, so that no character is cut in two.
 */
export function createLineCutter(): (chunk: Buffer) => string[] {
  let open: Buffer[] = [];
  return (chunk) => {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      open.push(chunk);
      return [];
    }
    const whole = open.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...open, chunk.subarray(0, end)]);
    open = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    return whole.toString("utf8").split("\n");
  };
}

/** A line's fields. */
export function fieldsOf(line: string): CopiedFields {
  const fields: CopiedFields = line.split("\t");
  if (!line.includes("\\")) return fields;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    if (field?.includes("\\")) fields[i] = field === "\\N" ? null : field.replace(/\\(.)/gs, escaped);
  }
  return fields;
}

const escapes: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

function escaped(_: string, letter: string): string {
  return escapes[letter] ?? letter;
}

/** A row, and the text of the database's digest: its fields as they are, joined by tabs. */
export type CopiedRow = { fields: CopiedFields; text: string; nulls: number };

/** The rows of a COPY stream, some at a time. */
export async function* copiedRows(chunks: AsyncIterable<Buffer>): AsyncGenerator<CopiedRow[]> {
  const cut = createLineCutter();
  for await (const chunk of chunks) yield cut(chunk).map(rowOf);
}

function rowOf(line: string): CopiedRow {
  const fields = fieldsOf(line);
  if (!line.includes("\\")) return { fields, text: line, nulls: 0 };
  const nulls = fields.reduce((sum, field) => (field === null ? sum + 1 : sum), 0);
  return { fields, text: fields.map((field) => field ?? "\\N").join("\t"), nulls };
}
