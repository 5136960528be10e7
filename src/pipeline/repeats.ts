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
 * What is known of one page: how many batches of its log were read, and for each request which copy counts, and which batch
 * (by its place in the log) owns each of that copy's records.
 */
export type Page = {
  batches: number;
  requests: Map<string, { place: number; copy: number; owners: Map<number, number> }>;
};

const BYTES = 16;
const MINUTE_MS = 60_000;
const WINDOW_MS = 5 * MINUTE_MS;

/** The claim of a record: who sent which request (`app`, `batch_id`), when collect received it, and its content's hash. */
export function toClaim(row: { app: string; batch_id: string; received_at: string }, contentHash: Buffer): Claim {
  const request = hash("sha256", `${row.app}\0${row.batch_id}`, "buffer").toString("base64url", 0, 8);
  return { request, copy: Date.parse(row.received_at) % 2 ** 32, part: contentHash.readUInt32BE(0) };
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

/** A page of which nothing is known yet. */
export function emptyPage(): Page {
  return { batches: 0, requests: new Map() };
}

/** Reads the claims of the batches at `place`, `place + 1`, … of a page's log. What was read before is passed over. */
export function readOn(page: Page, place: number, batches: readonly Uint8Array[]): void {
  for (const packed of batches.slice(page.batches - place)) {
    for (const claim of unpackClaims(packed)) take(page, claim);
    page.batches++;
  }
}

/** Whether a record of the batch at `place` is a copy that must not count, as far as this page can tell. */
export function isRepeat(page: Page, place: number, { request, copy, part }: Claim): boolean {
  const known = page.requests.get(request);
  return known !== undefined && (known.copy !== copy || (known.owners.get(part) ?? place) < place);
}

/** Of the copies in the first batch that holds a request, the one received first counts. */
function take(page: Page, { request, copy, part }: Claim): void {
  const place = page.batches;
  const known = page.requests.get(request);
  if (known === undefined || (known.place === place && copy < known.copy)) {
    page.requests.set(request, { place, copy, owners: new Map([[part, place]]) });
  } else if (known.copy === copy && !known.owners.has(part)) {
    known.owners.set(part, place);
  }
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
