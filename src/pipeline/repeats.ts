/**
 * Which copy of a request counts. A client that got no answer sends its request again, and an SDK that got no answer puts the
 * same record again; the copies may reach the stream in different batches, at the same time, in any order. Every batch writes
 * down what it holds (its claims) on the ledger pages of those requests and then puts its name at the end of each page's log.
 * The log orders the batches once and for all, so each batch can tell alone, and again on every retry, which copy came first:
 * the first batch on a page that holds a request decides which copy of it counts, and the first that holds a record owns it.
 */
import { hash } from "node:crypto";

/** One record's request: `request` names it, `copy` is when collect received this copy, `part` is the record's content. */
export type Claim = { request: string; copy: number; part: number };

/**
 * What is known of one page: how many batches of its log were read, and what they hold of each request. `start` is where the
 * five minutes of a page of that kind begin, as copies are written.
 */
export type Page = { start: number | undefined; batches: number; requests: Map<string, Known> };

/**
 * A request on a page. `copy` is the one that counts of those that begin on this page, `owners` says which batch (by its place in
 * the log) owns each of that copy's records, `place` is the first batch with any of them. `earlier` is the first batch with a copy
 * that began on the page before.
 */
type Known = { copy: number; place: number; owners: Map<number, number>; earlier: number };

const BYTES = 16;
const COPIES = 2 ** 32;
const MINUTE_MS = 60_000;
const WINDOW_MS = 5 * MINUTE_MS;

/** The claim of a record: who sent which request (`app`, `batch_id`), when collect received it, and its content's hash. */
export function toClaim(row: { app: string; batch_id: string; received_at: string }, contentHash: Buffer): Claim {
  const request = hash("sha256", `${row.app}\0${row.batch_id}`, "buffer").toString("base64url", 0, 8);
  return { request, copy: Date.parse(row.received_at) % COPIES, part: contentHash.readUInt32BE(0) };
}

/**
 * The ledger pages of a request, the same for all its copies. A version 7 UUID carries the minute in which the client made it;
 * the copies of such a request meet on that page however late they come. For any other id the pages are the five minutes in
 * which collect received it and the five before, so that copies received within five minutes share a page; later ones are
 * counted until their day is sealed. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */
export function pagesOf(batchId: string, receivedAt: string): string[] {
  if (batchId[14] === "7") {
    const made = Number.parseInt(batchId.slice(0, 8) + batchId.slice(9, 13), 16);
    return [`m${Math.floor(made / MINUTE_MS)}`];
  }
  const window = Math.floor(Date.parse(receivedAt) / WINDOW_MS);
  return [`w${window - 1}`, `w${window}`];
}

/** Claims as bytes for the ledger: 16 each, 8 of the request's hash, 4 of the copy, 4 of the part. */
export function packClaims(claims: readonly Claim[]): Uint8Array {
  const bytes = Buffer.alloc(claims.length * BYTES);
  claims.forEach(({ request, copy, part }, i) => {
    bytes.write(request, i * BYTES, 8, "base64url");
    bytes.writeUInt32BE(copy, i * BYTES + 8);
    bytes.writeUInt32BE(part, i * BYTES + 12);
  });
  return bytes;
}

/** A page of which nothing is known yet; its name is one of `pagesOf`. */
export function emptyPage(name = "m0"): Page {
  const start = name.startsWith("w") ? (Number(name.slice(1)) * WINDOW_MS) % COPIES : undefined;
  return { start, batches: 0, requests: new Map() };
}

/** Reads the claims of the batches at `place`, `place + 1`, … of a page's log. What was read before is passed over. */
export function readOn(page: Page, place: number, batches: readonly Uint8Array[]): void {
  for (const packed of batches.slice(page.batches - place)) {
    for (const claim of unpackClaims(packed)) take(page, claim);
    page.batches++;
  }
}

/**
 * Whether a record of the batch at `place` is a copy that must not count, as far as this page can tell.
 *
 * The two pages of a request have logs of their own, in which batches that come at the same time may stand in different orders.
 * So each question is answered by one page alone: which of the copies of the same five minutes counts, by the first page of
 * theirs; and whether those or the ones of the next five minutes count, by the page that they share.
 */
export function isRepeat(page: Page, place: number, { request, copy, part }: Claim): boolean {
  const known = page.requests.get(request);
  if (known === undefined) return false;
  const earlierCount = known.earlier <= known.place;
  if (isEarlier(page, copy)) return !earlierCount;
  return earlierCount || known.copy !== copy || (known.owners.get(part) ?? place) < place;
}

/** Of the copies in the first batch that holds a request, the one received first counts. */
function take(page: Page, { request, copy, part }: Claim): void {
  const place = page.batches;
  const known = page.requests.get(request) ?? nothing();
  page.requests.set(request, known);
  if (isEarlier(page, copy)) known.earlier = Math.min(known.earlier, place);
  else if (known.place > place || (known.place === place && copy < known.copy))
    Object.assign(known, { place, copy, owners: new Map([[part, place]]) });
  else if (known.copy === copy && !known.owners.has(part)) known.owners.set(part, place);
}

/** Whether a copy began on the page before: then it was received in the five minutes that this page is named after. */
function isEarlier({ start }: Page, copy: number): boolean {
  return start !== undefined && (copy - start + COPIES) % COPIES < WINDOW_MS;
}

function nothing(): Known {
  return { copy: 0, place: Number.POSITIVE_INFINITY, owners: new Map(), earlier: Number.POSITIVE_INFINITY };
}

/** The inverse of `packClaims`. */
export function unpackClaims(packed: Uint8Array): Claim[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: bytes.length / BYTES }, (_, i) => ({
    request: bytes.toString("base64url", i * BYTES, i * BYTES + 8),
    copy: bytes.readUInt32BE(i * BYTES + 8),
    part: bytes.readUInt32BE(i * BYTES + 12),
  }));
}
