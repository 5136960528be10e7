/**
 * A snapshot of indices of Elasticsearch or OpenSearch: each at a point in time of its own, all of which are opened before the first page.
 * A point in time is what each shard had made searchable by then, so the run is marked as not consistent.
 * https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-open-point-in-time
 */
import * as z from "zod/mini";
import type { SnapshotSource, SnapshotTable } from "../../schemas/snapshot-source.ts";
import { type Hit, readSearchPage } from "../../sources/elasticsearch/hits.ts";
import * as requests from "../../sources/elasticsearch/requests.ts";
import type { Kind, ReadText } from "../../sources/rows/kind.ts";
import { chosenColumns } from "../plan-tables.ts";
import { type Sight, takeAtOnce, type WholeTable } from "../run-at-once.ts";
import type { Step, Surroundings } from "../surroundings.ts";
import type { SourceRow } from "../write-rows.ts";
import { refuseWriter } from "./refuse-writer.ts";

type Answer = { status: number; text: string };
export type ElasticDatabase = { send(request: requests.ElasticRequest): Promise<Answer> };
/** The point in time of an index; each page may give it another id. */
type Opened = { index: string; pit: string };

/** Documents of a page at first; as many more or fewer later as make a page of a few MB. */
const FIRST_SIZE = 200;
const MOST = 5000;
const PAGE_CHARS = 2 * 1024 * 1024;
/** Closing takes no longer: what is not closed by then, its time to live ends. */
const CLOSING_MS = 5000;

const string: Kind = { is: "string" };
const asItIs: ReadText = (text) => text;
/** `document` is its JSON as it was sent; null if the index does not store it. */
const documentColumns = ["index", "id", "document"].map((name) => ({ name, kind: string, read: asItIs }));

/** Takes a run of a server of that flavour. */
export function takeElasticsearch(flavour: requests.Flavour) {
  return async (settings: SnapshotSource, db: ElasticDatabase, around: Surroundings): Promise<Step> => {
    const open = new Set<Opened>();
    try {
      return await takeAtOnce(settings, () => openIndices({ flavour, db, open }, settings, around.clock()), around);
    } finally {
      const closing = [...open].map((one) => closePit({ flavour, db, open }, one));
      if (closing.length > 0) await Promise.race([Promise.all(closing), around.sleep(CLOSING_MS)]);
    }
  };
}

/** A server, and its points in time that are not closed yet. */
type Server = { flavour: requests.Flavour; db: ElasticDatabase; open: Set<Opened> };

async function openIndices(server: Server, settings: SnapshotSource, at: number): Promise<Sight> {
  const tables: WholeTable[] = [];
  for (const table of settings.tables) {
    const opened: Opened[] = [];
    await refusePart(server.db, table.table);
    for (const index of await findIndices(server.db, table.table)) {
      if (settings.mayWrite !== true) refuseWriter(settings, await findWriting(server.db, index));
      const one = { index, pit: await openPit(server, index) };
      server.open.add(one);
      opened.push(one);
    }
    tables.push(planTable(server, table, opened));
  }
  return { at, isConsistent: false, tables };
}

async function findIndices(db: ElasticDatabase, name: string): Promise<string[]> {
  const names = Object.keys(z.record(z.string(), z.unknown()).parse(await ask(db, requests.findIndices(name))));
  if (names.length === 0) throw new Error(`Cannot take a snapshot of ${name}: there is no such index`);
  return names.sort();
}

const aliases = z.object({ aliases: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** Indices are read past their aliases, so one that hides documents would not. */
async function refusePart(db: ElasticDatabase, name: string): Promise<void> {
  const request = requests.findAliases(name);
  const answer = await db.send(request);
  if (answer.status !== 200 && answer.status !== 404) throw refusal(request, answer);
  for (const [index, found] of Object.entries(z.record(z.string(), z.unknown()).parse(JSON.parse(answer.text)))) {
    // Beside indices, a 404 has an error and a status.
    const known = aliases.safeParse(found);
    for (const [alias, says] of Object.entries(known.data?.aliases ?? {}))
      if (says.filter !== undefined || says.search_routing !== undefined)
        throw new Error(`Cannot take a snapshot of ${name}: the alias ${alias} shows a part of ${index} alone`);
  }
}

async function findWriting(db: ElasticDatabase, index: string): Promise<string | undefined> {
  const { status } = await db.send(requests.tryWriting(index));
  return status === 403 ? undefined : `its user may write ${index} (answer ${status})`;
}

async function openPit({ flavour, db }: Server, index: string): Promise<string> {
  const answer = z.union([z.object({ id: z.string() }), z.object({ pit_id: z.string() })]);
  const opened = answer.parse(await ask(db, requests.openPit(flavour, index)));
  return "id" in opened ? opened.id : opened.pit_id;
}

/** Never fails: what is not closed, its time to live ends. */
async function closePit({ flavour, db, open }: Server, one: Opened): Promise<void> {
  open.delete(one);
  await db.send(requests.closePit(flavour, one.pit)).catch(() => {});
}

function planTable(server: Server, settings: SnapshotTable, opened: readonly Opened[]): WholeTable {
  const columns = chosenColumns(settings, documentColumns);
  const chosen = columns.map((column) => documentColumns.indexOf(column));
  let total = 0;
  return {
    table: settings.table,
    columns,
    async *rows() {
      for (const one of opened) {
        for await (const { hits, found } of pagesOf(server, one)) {
          total += found;
          yield hits.map((hit) => documentRow(hit, chosen));
        }
        await closePit(server, one);
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
async function* pagesOf({ flavour, db }: Server, one: Opened): AsyncGenerator<{ hits: Hit[]; found: number }> {
  let [size, after]: [number, string | undefined] = [FIRST_SIZE, undefined];
  const way = await findWay(db, requests.waysOfAsking[flavour], one.pit);
  while (true) {
    const text: string = await askText(db, requests.searchPage(way, one.pit, size, after));
    const page = readSearchPage(text);
    if (page.failedShards > 0 || page.isTimedOut) throw new Error("Cannot trust a page: not all shards have answered");
    if (after === undefined && page.total === undefined)
      throw new Error("Cannot trust a page: it does not say how many there are");
    yield { hits: page.hits, found: after === undefined ? (page.total ?? 0) : 0 };
    // A page that is not full may still not be the last.
    if (page.hits.length === 0) break;
    after = page.hits.at(-1)?.sort;
    one.pit = page.pitId ?? one.pit;
    const perDocument = Math.max(text.length / page.hits.length, 1);
    size = Math.max(1, Math.min(MOST, size * 2, Math.floor(PAGE_CHARS / perDocument)));
  }
}

/** The first way of asking for pages that the server understands; if it is none, the last, whose error says why. */
async function findWay(db: ElasticDatabase, ways: readonly [object, ...object[]], pit: string): Promise<object> {
  let found: object = ways[0];
  for (const way of ways) {
    found = way;
    const { status } = await db.send(requests.searchPage(way, pit, 1, undefined));
    if (status !== 400) break;
  }
  return found;
}

async function ask(db: ElasticDatabase, request: requests.ElasticRequest): Promise<unknown> {
  return JSON.parse(await askText(db, request));
}

async function askText(db: ElasticDatabase, request: requests.ElasticRequest): Promise<string> {
  const answer = await db.send(request);
  if (answer.status === 200) return answer.text;
  throw refusal(request, answer);
}

function refusal({ method, path }: requests.ElasticRequest, { status, text }: Answer): Error {
  return new Error(`Cannot take a snapshot: ${method} ${path} was answered ${status}: ${text.slice(0, 200)}`);
}
