/**
 * What each breakdown of the catalog costs: by how many bytes (deflated) it makes a batch's block larger. So whoever
 * adds a breakdown sees its price before paying it. No row includes the rest of a block (totals, minutes).
 */
import { sectionName } from "../../src/metrics/block.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { countBatch } from "../../src/stream/count-batch.ts";
import { readBatch } from "../../src/stream/read-batch.ts";
import { packBlock } from "../../src/table/blocks/packed-block.ts";
import type { Bench, Row } from "../report.ts";
import { createBatches, timezone } from "../traffic/batches.ts";

const BATCHES = 12;

const cases = [
  { postings: 20, megabytes: 1, name: "1 MB, 20 postings" },
  { postings: 200, megabytes: 1, name: "1 MB, 200 postings" },
  { postings: 20, megabytes: 0.083, name: "10 s of 1,000,000 a day, 20 postings" },
  { postings: 200, megabytes: 0.083, name: "10 s of 1,000,000 a day, 200 postings" },
];

export const breakdownCosts: Bench = {
  title: "bytes of a batch's block by breakdown",
  async run() {
    return cases.flatMap(({ name, ...site }) => [
      { what: `a block of ${name}`, measured: meanBytes(site), unit: "bytes" },
      ...rowsOf(site),
    ]);
  },
};

type Site = { postings: number; megabytes: number };

function rowsOf(site: Site): Row[] {
  const all = meanBytes(site);
  return catalog.flatMap(({ name: metric, breakdowns }) =>
    breakdowns.slice(1).map((breakdown) => {
      const without = sectionName(metric, breakdown.join("+"));
      return { what: `  ${metric} by ${breakdown.join("+")}`, measured: all - meanBytes(site, without), unit: "bytes" };
    }),
  );
}

/** The mean size of some batches' blocks, without one section if it is named. */
function meanBytes({ postings, megabytes }: Site, without?: string): number {
  const blocks = blocksOf(postings, megabytes);
  const sizes = blocks.map(({ arrived, sections }) => {
    const kept = sections.filter(({ metric, breakdown }) => sectionName(metric, breakdown) !== without);
    return packBlock({ arrived }, kept).length;
  });
  return sizes.reduce((sum, size) => sum + size, 0) / BATCHES;
}

type Counted = { arrived: number; sections: ReturnType<typeof countBatch>[number]["sections"] };
const known = new Map<string, Counted[]>();

function blocksOf(postings: number, megabytes: number): Counted[] {
  const key = `${postings} ${megabytes}`;
  const blocks = known.get(key) ?? count({ postings, megabytes });
  known.set(key, blocks);
  return blocks;
}

function count(site: Site): Counted[] {
  const next = createBatches({ seed: 2, events: 20, from: Date.parse("2026-11-22T01:00:00Z"), ...site });
  return Array.from({ length: BATCHES }, next).flatMap(({ records }) => {
    const batch = readBatch(records);
    return countBatch(batch, new Map(), catalog, timezone).map(({ sections }) => ({
      arrived: batch.arrived,
      sections,
    }));
  });
}
