/**
 * Trino's own protocol: a statement is posted, its pages are followed.
 * https://trino.io/docs/476/develop/client-protocol.html
 */
import { athenaText, athenaType, type TrinoType } from "./athena-text.ts";

/** Columns and rows as Athena's GetQueryResults returns them: everything is text, a NULL is null. */
export type Answer = { columns: { name: string; type: string }[]; rows: (string | null)[][] };
export type Trino = {
  url: string;
  /** Runs a statement to its end; rejects with a TrinoError. */
  ask(statement: string, schema?: string): Promise<Answer>;
};

/** How a statement failed: `name` is Trino's, for instance DIVISION_BY_ZERO. */
export class TrinoError extends Error {
  override readonly name = "TrinoError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/** How long a statement waits for a server that has no node for it. */
const patienceMs = 60_000;

type Column = { name: string; typeSignature: TrinoType };
type Page = {
  nextUri?: string;
  columns?: Column[];
  data?: unknown[][];
  error?: { errorName: string; message: string };
};

/** A client of the server at `url`, whose sessions are in UTC, as Athena's are. */
export function createTrino(url: string): Trino {
  return {
    url,
    async ask(statement, schema) {
      const deadline = performance.now() + patienceMs;
      for (;;) {
        try {
          return await askOnce(url, statement, schema);
        } catch (error) {
          // A server reports that it has started before it has found the nodes of its catalogs, which it checks every 5
          // s; a server that gets no CPU for a while drops itself. Such a statement has not begun.
          if (!(error instanceof TrinoError && error.code === "NO_NODES_AVAILABLE")) throw error;
          if (performance.now() > deadline) throw error;
          await new Promise((done) => setTimeout(done, 250));
        }
      }
    },
  };
}

async function askOnce(url: string, statement: string, schema = "default"): Promise<Answer> {
  const headers = {
    "x-trino-user": "engines",
    "x-trino-catalog": "hive",
    "x-trino-schema": schema,
    "x-trino-time-zone": "UTC",
    // Without it, a type has no precision, and a time at most three digits.
    "x-trino-client-capabilities": "PARAMETRIC_DATETIME",
  };
  let page = await read(await fetch(`${url}/v1/statement`, { method: "POST", headers, body: statement }));
  let columns: Column[] = [];
  const rows: unknown[][] = [];
  for (;;) {
    if (page.error) throw new TrinoError(page.error.errorName, page.error.message);
    columns = page.columns ?? columns;
    for (const row of page.data ?? []) rows.push(row);
    if (page.nextUri === undefined) return answer(columns, rows);
    page = await read(await fetch(page.nextUri));
  }
}

async function read(response: Response): Promise<Page> {
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot ask Trino: ${response.status} ${text.slice(0, 500)}`);
  // Numbers beyond 2^53 keep their digits: those outside of texts are turned into texts.
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g, (part) =>
      part[0] === '"' ? part : `"${part}"`,
    ),
  );
}

function answer(columns: Column[], rows: unknown[][]): Answer {
  return {
    columns: columns.map(({ name, typeSignature }) => ({ name, type: athenaType(typeSignature) })),
    rows: rows.map((row) => row.map((value, i) => athenaText(value, columns[i]?.typeSignature))),
  };
}
