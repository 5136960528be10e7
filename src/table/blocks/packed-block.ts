/**
 * Blocks as they are stored in the table: deflated, with a few facts about themselves, and split if larger than an
 * item. Parts are named after their content, so parts of two attempts can never be mixed up.
 */
import { hash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { encodeBlock, type OpenBlock, openBlock, type Section } from "../../metrics/block.ts";
import { createReader, createWriter } from "../../metrics/bytes.ts";
import { KEY_VERSION } from "../../metrics/key.ts";
import type { FoldedBlock } from "./folded-blocks.ts";

/** `arrived` is when the newest of the block's records arrived (epoch ms). */
export type Facts = {
  arrived: number;
  /** If the block is in groups: their names; each is an item of its own. */
  groups?: readonly string[];
  /**
   * The sections, as named by `sectionName`, whose smaller values are added up together
   * (`src/metrics/bounded-tally.ts`).
   */
  bounded?: readonly string[];
  /** The sections that some of the folded blocks did not hold yet (`lacking.ts`). */
  lacking?: readonly string[];
  /** A part had expired before the fold was made: nobody may count with this block. */
  isLost?: true;
  /** Of a fold: what it was made of. Absent in folds of earlier releases. */
  folded?: readonly FoldedBlock[];
};
/** `size` is the number of bytes it takes in memory. */
export type Block = OpenBlock & Facts & { size: number };

/** An item of a day: its sort key and what it holds. */
export type BlockItem = { sk: string; body: Uint8Array };

/** The size of a small block, inflated. */
const MOST_SMALL_BYTES = 4096;

/** The first byte says how to read the rest, including the form of its keys. */
const DEFLATED = KEY_VERSION;
const SPLIT = KEY_VERSION + 1;
/**
 * An item may have 400 KB, including its keys.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const MOST_BYTES = 380_000;

/** The bytes of a block. */
export function packBlock(facts: Facts, sections: readonly Section[]): Uint8Array {
  const content = createWriter();
  content.text(JSON.stringify(facts));
  content.bytes(encodeBlock(sections));
  return Buffer.concat([Buffer.of(DEFLATED), deflateRawSync(content.toBytes())]);
}

/** Reads what `packBlock` made. Throws for anything else. */
export function unpackBlock(packed: Uint8Array): Block {
  if (packed[0] !== DEFLATED) throw new RangeError(`Cannot read block: form ${packed[0]} is not known`);
  // One chunk for everything: allocating the usual 16 KB for each of thousands of small blocks is most of the work.
  const content = inflateRawSync(packed.subarray(1), { chunkSize: Math.max(MOST_SMALL_BYTES, packed.length * 4) });
  const reader = createReader(content);
  const facts: Facts = JSON.parse(reader.text());
  return { ...facts, ...openBlock(content.subarray(reader.at)), size: content.length };
}

/** The items for some bytes. The item of the name itself comes last, because it makes the others readable. */
export function toItems(sk: string, bytes: Uint8Array): BlockItem[] {
  if (bytes.length <= MOST_BYTES) return [{ sk, body: bytes }];
  const digest = hash("sha256", bytes, "buffer").toString("base64url", 0, 8);
  const count = Math.ceil(bytes.length / MOST_BYTES);
  const parts = Array.from({ length: count }, (_, i) => ({
    sk: partKey(sk, digest, i),
    body: bytes.subarray(i * MOST_BYTES, (i + 1) * MOST_BYTES),
  }));
  return [...parts, { sk, body: Buffer.concat([Buffer.of(SPLIT), Buffer.from(JSON.stringify({ digest, count }))]) }];
}

/** The sort keys of an item's parts, in order; empty for an item that is not split. */
export function partsOf({ sk, body }: BlockItem): string[] {
  if (body[0] !== SPLIT) return [];
  const { digest, count }: { digest: string; count: number } = JSON.parse(Buffer.from(body.subarray(1)).toString());
  return Array.from({ length: count }, (_, i) => partKey(sk, digest, i));
}

function partKey(sk: string, digest: string, part: number): string {
  return `${sk}#part#${digest}#${part}`;
}

const NAME_BYTES = 8;

/**
 * The names of batches' blocks, as bytes: a fold stores the names of those it replaces, so that a late retry of a batch
 * finds its own.
 */
export function packNames(names: readonly string[]): Uint8Array {
  return Buffer.concat([Buffer.of(0), ...[...names].sort().map((name) => Buffer.from(name.slice(1), "base64url"))]);
}

/** The inverse of `packNames`. */
export function unpackNames(packed: Uint8Array): string[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset + 1, packed.length - 1);
  return Array.from(
    { length: bytes.length / NAME_BYTES },
    (_, i) => `0${bytes.toString("base64url", i * NAME_BYTES, (i + 1) * NAME_BYTES)}`,
  );
}

/** The sort key of the names of the blocks that a fold replaces. */
export function namesKey(fold: string): string {
  return `${fold}#names`;
}

/** The sort key of a group of a block. */
export function groupKey(name: string, group: string): string {
  return `${name}##${group}`;
}
