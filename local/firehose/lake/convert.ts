/**
 * Converts the parts of one object: first all of them at once, which is fast; if that fails, each file separately; and
 * what still fails, record by record, so that a bad document costs only itself.
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Database } from "../../duckdb/database.ts";
import { BadDataError, type Column, checkRows, writeParquet } from "../../duckdb/parquet.ts";
import { type IndexEntry, indexPath, readIndex } from "../stream/spool.ts";
import { type Converted, compileConverter, type Refusal } from "./json.ts";

export type ConvertOptions = {
  database: Database;
  columns: readonly Column[];
  /** Spool files, and whether one is known to need the slow path. */
  files: readonly { path: string; suspect?: boolean }[];
  /** Where to write; `<target>.errors` and `<target>.rows` are beside it. */
  target: string;
  /** What each error line says about the table. */
  table: object;
};
export type Conversion = { rows: number; failed: number; errorsPath: string };

/** A function cannot return longer documents than this: its answer is limited to 6 MB. */
const longestDocument = 16 << 20;

/**
 * Converts files to Parquet at `target`. If `rows` or `failed` is 0, nothing was written to `target` or `errorsPath`
 * respectively.
 */
export async function convertFiles(options: ConvertOptions): Promise<Conversion> {
  const { database, columns, files, target } = options;
  const errorsPath = `${target}.errors`;
  if (!files.some(({ suspect }) => suspect)) {
    const rows = await orBadData(writeParquet(database, target, { files: files.map(({ path }) => path), columns }));
    if (rows !== undefined) return { rows, failed: 0, errorsPath };
  }
  return convertSlowly(options, errorsPath);
}

async function convertSlowly(options: ConvertOptions, errorsPath: string): Promise<Conversion> {
  const { database, columns, target } = options;
  const good: string[] = [];
  const rowsPath = `${target}.rows`;
  const rows = await openWriter(rowsPath);
  const errors = await openWriter(errorsPath);
  try {
    const convert = compileConverter(columns);
    for (const file of options.files) {
      const isGood = !file.suspect && (await isConvertible(database, file.path, columns));
      if (isGood) good.push(file.path);
      else await convertFile(file.path, convert, { rows, errors, table: options.table });
    }
    await rows.end();
    await errors.end();
    const inputs = rows.lines > 0 ? [...good, rowsPath] : good;
    const conversion = { files: inputs, columns, maxDocumentBytes: longestDocument };
    const written = inputs.length > 0 ? await writeParquet(database, target, conversion) : 0;
    return { rows: written, failed: errors.lines, errorsPath };
  } finally {
    await rows.close();
    await errors.close();
    await rm(rowsPath, { force: true });
  }
}

async function isConvertible(database: Database, path: string, columns: readonly Column[]): Promise<boolean> {
  return (await orBadData(checkRows(database, { files: [path], columns }).then(() => true))) ?? false;
}

async function convertFile(
  path: string,
  convert: (record: string) => Converted[],
  { rows, errors, table }: { rows: LineWriter; errors: LineWriter; table: object },
): Promise<void> {
  const handle = await open(path, "r");
  try {
    let offset = 0;
    for (const entry of await readIndex(path)) {
      const [, , length, sum] = entry;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
      offset += length;
      const bytes = buffer.subarray(0, bytesRead);
      const isIntact = sum === undefined || crc32(bytes) === sum;
      const text = bytes.toString("utf8");
      for (const one of isIntact ? convert(text) : [{ text, ...damaged }]) {
        if ("row" in one) await rows.write(one.row);
        else await errors.write(errorLine(one, entry, table));
      }
    }
  } finally {
    await handle.close();
  }
}

const damaged: Refusal = {
  code: "DataFormatConversion.MalformedData",
  message: "The record was damaged while it waited for delivery.",
};

/** One line of an object under `format-conversion-failed`. */
function errorLine(one: Refusal & { text: string }, [recordId, arrival]: IndexEntry, table: object): string {
  return JSON.stringify({
    attemptsMade: 1,
    arrivalTimestamp: arrival,
    lastErrorCode: one.code,
    lastErrorMessage: one.message,
    attemptEndingTimestamp: Date.now(),
    rawData: Buffer.from(one.text).toString("base64"),
    sequenceNumber: recordId,
    subSequenceNumber: null,
    dataCatalogTable: table,
  });
}

async function orBadData<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof BadDataError) return undefined;
    throw error;
  }
}

type LineWriter = Awaited<ReturnType<typeof openWriter>>;

/** Writes lines to a new file, a few hundred KB at a time. */
async function openWriter(path: string) {
  const handle: FileHandle = await open(path, "w");
  let waiting: string[] = [];
  let waitingLength = 0;
  let lines = 0;
  async function flush(): Promise<void> {
    const text = waiting.join("");
    waiting = [];
    waitingLength = 0;
    if (text !== "") await handle.writeFile(text);
  }
  return {
    get lines() {
      return lines;
    },
    async write(line: string) {
      lines++;
      waiting.push(line, "\n");
      waitingLength += line.length;
      if (waitingLength > 256 * 1024) await flush();
    },
    async end() {
      await flush();
      await handle.sync();
    },
    close: () => handle.close(),
  };
}

/** Removes the files of a part that has been delivered. */
export async function removePart(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(indexPath(path), { force: true });
}
