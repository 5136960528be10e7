/** Every request that a snapshot sends to Elasticsearch or OpenSearch. The two differ in how a point in time is opened and closed. */

export type ElasticRequest = { method: "GET" | "POST" | "DELETE"; path: string; body?: string };
export type Flavour = "elasticsearch" | "opensearch";

/**
 * A point in time lives so long after it was opened, and after each of its pages. All are opened before the first page,
 * and the last of them waits for the pages of all others: at most as long as an invocation, which is 15 minutes.
 */
const KEEP_ALIVE = "15m";

const index = (name: string) => `/${encodeURIComponent(name)}`;

/** Answers by the name of each index behind a name, an alias or a data stream. */
export const findIndices = (name: string): ElasticRequest => ({
  method: "GET",
  path: `${index(name)}/_settings/index.uuid`,
});

/** Answers what each alias of that name says of its indices; 404 if the name is none of an alias. */
export const findAliases = (name: string): ElasticRequest => ({ method: "GET", path: `/_alias${index(name)}` });

/** An update of a document that does not exist changes nothing; a user that may not write is told so (403). */
export const tryWriting = (name: string): ElasticRequest => ({
  method: "POST",
  path: `${index(name)}/_update/daymark-7e9c4f1a-nobody-has-this-document`,
  body: '{"doc":{}}',
});

const pit = {
  elasticsearch: {
    open: (name: string): ElasticRequest => ({ method: "POST", path: `${index(name)}/_pit?keep_alive=${KEEP_ALIVE}` }),
    close: (id: string): ElasticRequest => ({ method: "DELETE", path: "/_pit", body: JSON.stringify({ id }) }),
  },
  opensearch: {
    open: (name: string): ElasticRequest => ({
      method: "POST",
      path: `${index(name)}/_search/point_in_time?keep_alive=${KEEP_ALIVE}`,
    }),
    close: (id: string): ElasticRequest => ({
      method: "DELETE",
      path: "/_search/point_in_time",
      body: JSON.stringify({ pit_id: [id] }),
    }),
  },
};

export const openPit = (flavour: Flavour, name: string) => pit[flavour].open(name);
export const closePit = (flavour: Flavour, id: string) => pit[flavour].close(id);

// The place in the index: unique within one index, although not across several.
const byPlace = { sort: [{ _shard_doc: "asc" }] };
// An index that never had a document does not even know an id, and is refused unless a type is named for that.
const byId = { sort: [{ _id: { order: "asc", unmapped_type: "keyword" } }] };
/**
 * How pages are asked for: the first of these that the server understands (an older one answers 400 to the others).
 * Elasticsearch 9.2 leaves vectors out of documents unless they are asked for; OpenSearch before 3.3 can only sort by
 * id, which it loads into memory.
 * https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/dense-vector
 * https://github.com/opensearch-project/OpenSearch/pull/18924
 */
export const waysOfAsking: Record<Flavour, readonly [object, ...object[]]> = {
  elasticsearch: [{ ...byPlace, _source: { exclude_vectors: false } }, byPlace],
  opensearch: [byPlace, byId],
};

/** A page of an index at a point in time, asked for in that `way`; `after` is the JSON of the last hit's `sort`. */
export function searchPage(way: object, id: string, size: number, after: string | undefined): ElasticRequest {
  const query = {
    size,
    query: { match_all: {} },
    pit: { id, keep_alive: KEEP_ALIVE },
    ...way,
    track_total_hits: after === undefined,
  };
  const body = JSON.stringify(query);
  return {
    method: "POST",
    path: "/_search?allow_partial_search_results=false",
    body: after === undefined ? body : `${body.slice(0, -1)},"search_after":${after}}`,
  };
}
