/**
 * A snapshot of indices of Elasticsearch or OpenSearch: each at a point in time of its own, all of which are opened before the first page.
 * A point in time is what each shard had made searchable by then, so the run is marked as not consistent.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-open-point-in-time
 */
import * as z from "zod/mini";
import type { SnapshotSource, SnapshotTable } from "../schemas/snapshot-source.ts";
import { type Hit, readSearchPage } from "../sources/elasticsearch/hits.ts";
import * as requests from "../sources/elasticsearch/requests.ts";
import type { Kind, ReadText } from "../sources/rows/kind.ts";
import { chosenColumns } from "./plan-tables.ts";
import { type Sight, takeAtOnce, type WholeTable } from "./run-at-once.ts";
import type { Step, Surroundings } from "./surroundings.ts";
import type { SourceRow } from "./write-rows.ts";

type Answer = { status: number; text: string };
export type ElasticDatabase = { send(request: requests.ElasticRequest): Promise<Answer> };
type Opened = { index: string; pit: string };

/** Documents of a page at first; as many more or fewer later as make a page of a few MB. */
const FIRST_SIZE = 200;
const MOST = 5000;
const PAGE_CHARS = 2 * 1024 * 1024;

const string: Kind = { is: "string" };
const asItIs: ReadText = (text) => text;
/** `document` is its JSON as it was sent; null if the index does not store it. */
const documentColumns = ["index", "id", "document"].map((name) => ({ name, kind: string, read: asItIs }));

/** Takes a run of a server of that flavour. */
export function takeElasticsearch(flavour: requests.Flavour) {
  return (settings: SnapshotSource, db: ElasticDatabase, around: Surroundings): Promise<Step> =>
    takeAtOnce(settings, () => openIndices(flavour, settings, db, around.clock()), around);
}

async function openIndices(
  flavour: requests.Flavour,
  settings: SnapshotSource,
  db: ElasticDatabase,
  at: number,
): Promise<Sight> {
  const tables: WholeTable[] = [];
  for (const table of settings.tables) {
    const opened: Opened[] = [];
    for (const index of await findIndices(db, table.table)) {
      if (settings.mayWrite !== true) await requireReadOnly(db, settings.source, index);
      opened.push({ index, pit: await openPit(flavour, db, index) });
    }
    tables.push(planTable(flavour, db, table, opened));
  }
  return { at, isConsistent: false, tables };
}

async function findIndices(db: ElasticDatabase, name: string): Promise<string[]> {
  const names = Object.keys(z.record(z.string(), z.unknown()).parse(await ask(db, requests.findIndices(name))));
  if (names.length === 0) throw new Error(`Cannot take a snapshot of ${name}: there is no such index`);
  return names.sort();
}

async function requireReadOnly(db: ElasticDatabase, source: string, index: string): Promise<void> {
  const { status } = await db.send(requests.tryWriting(index));
  if (status !== 403)
    throw new Error(
      `Cannot take a snapshot of ${source}: its user may write ${index} (answer ${status}); give it one that can only read`,
    );
}

async function openPit(flavour: requests.Flavour, db: ElasticDatabase, index: string): Promise<string> {
  const answer = z.union([z.object({ id: z.string() }), z.object({ pit_id: z.string() })]);
  const opened = answer.parse(await ask(db, requests.openPit(flavour, index)));
  return "id" in opened ? opened.id : opened.pit_id;
}

function planTable(
  flavour: requests.Flavour,
  db: ElasticDatabase,
  settings: SnapshotTable,
  opened: readonly Opened[],
): WholeTable {
  const columns = chosenColumns(settings, documentColumns);
  const chosen = columns.map((column) => documentColumns.indexOf(column));
  let total = 0;
  return {
    table: settings.table,
    columns,
    async *rows() {
      for (const { pit } of opened) {
        for await (const { hits, found } of pagesOf(flavour, db, pit)) {
          total += found;
          yield hits.map((hit) => documentRow(hit, chosen));
        }
      }
    },
    counted: () => ({ rows: total }),
  };
}

function documentRow({ index, id, source }: Hit, chosen: readonly number[]): SourceRow {
  const all = [index, id, source];
  const fields = chosen.map((i) => all[i] ?? null);
  return {
    fields,
    nulls: fields.filter((field) => field === null).length,
    text: fields.map((field) => field ?? "\\N").join("\t"),
  };
}

/** All pages of an index; `found` is how many documents it has, said with the first. */
async function* pagesOf(
  flavour: requests.Flavour,
  db: ElasticDatabase,
  pit: string,
): AsyncGenerator<{ hits: Hit[]; found: number }> {
  let [id, size, after]: [string, number, string | undefined] = [pit, FIRST_SIZE, undefined];
  while (true) {
    const text: string = await askText(db, requests.searchPage(flavour, id, size, after));
    const page = readSearchPage(text);
    if (page.failedShards > 0 || page.isTimedOut) throw new Error("Cannot trust a page: not all shards have answered");
    if (after === undefined && page.total === undefined)
      throw new Error("Cannot trust a page: it does not say how many there are");
    yield { hits: page.hits, found: after === undefined ? (page.total ?? 0) : 0 };
    // A page that is not full may still not be the last.
    if (page.hits.length === 0) break;
    after = page.hits.at(-1)?.sort;
    id = page.pitId ?? id;
    const perDocument = Math.max(text.length / page.hits.length, 1);
    size = Math.max(1, Math.min(MOST, size * 2, Math.floor(PAGE_CHARS / perDocument)));
  }
  await db.send(requests.closePit(flavour, id));
}

async function ask(db: ElasticDatabase, request: requests.ElasticRequest): Promise<unknown> {
  return JSON.parse(await askText(db, request));
}

async function askText(db: ElasticDatabase, request: requests.ElasticRequest): Promise<string> {
  const { status, text } = await db.send(request);
  if (status === 200) return text;
  throw new Error(
    `Cannot take a snapshot: ${request.method} ${request.path} was answered ${status}: ${text.slice(0, 200)}`,
  );
}
