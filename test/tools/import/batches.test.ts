import { describe, expect, test } from "vitest";
import { type Batch, createBatcher, createDayBatcher } from "../../../tools/import/batches.ts";
import { createLineReader, formatOf, type ImportedLine } from "../../../tools/import/events.ts";
import { accessLines } from "./access-lines.ts";

const reads = (texts: string[]): ImportedLine[] => {
  const read = createLineReader(formatOf("combined"));
  return texts.flatMap((text, i) => read(text, i) ?? []);
};
const lines = (count: number): ImportedLine[] => reads(accessLines(count));

function batchesOf(all: ImportedLine[], cutAt: (id: string) => number | undefined = () => undefined): Batch[] {
  const batcher = createBatcher(cutAt);
  return [...all.map((line) => batcher.add(line)), batcher.end()].filter((batch) => batch !== undefined);
}
const sizes = (batches: Batch[]) => batches.map((batch) => batch.lines.length);

describe("batches", () => {
  test("hold 500 lines, and every line once and in order", () => {
    const batches = batchesOf(lines(1234));
    expect(sizes(batches)).toEqual([500, 500, 234]);
    expect(batches.flatMap((batch) => batch.lines.map((line) => line.number))).toEqual(
      lines(1234).map((l) => l.number),
    );
  });

  test("stay below 1 MiB", () => {
    const wide = lines(20).map((line) => ({ ...line, json: JSON.stringify("한".repeat(40_000)) }));
    const batches = batchesOf(wide);
    expect(sizes(batches)).toEqual([8, 8, 4]);
    for (const batch of batches) expect(Buffer.byteLength(batch.body)).toBeLessThan(1_048_576);
  });

  test("are none of no lines", () => {
    expect(batchesOf([])).toEqual([]);
  });

  test("have an id that is theirs alone, the same each time, and carries the time of the first line", () => {
    const [a, b] = batchesOf(lines(600));
    expect(batchesOf(lines(600)).map((batch) => batch.id)).toEqual([a?.id, b?.id]);
    expect(a?.id).not.toBe(b?.id);
    expect(a?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const carried = Number.parseInt((a?.id ?? "").slice(0, 8) + (a?.id ?? "").slice(9, 13), 16);
    expect(carried).toBe(Date.UTC(2024, 1, 28, 12));
    const untimed = reads(["nonsense"]);
    expect(batchesOf(untimed)[0]?.id.charAt(14)).toBe("8");
  });

  test("end where they ended before", () => {
    const all = lines(1000);
    const [first] = batchesOf(all.slice(0, 120));
    const again = batchesOf(all, (id) => (id === all[0]?.id ? 120 : undefined));
    expect(sizes(again)).toEqual([120, 500, 380]);
    expect(again[0]?.id).toBe(first?.id);
  });

  test("are requests as collect wants them", () => {
    const [batch] = batchesOf(lines(2));
    expect(JSON.parse(batch?.body ?? "")).toEqual({
      batch_id: batch?.id,
      events: batch?.lines.map((line) => JSON.parse(line.json)),
    });
  });
});

describe("batches by day", () => {
  const dayOf = (line: ImportedLine) => `day ${line.number % 3}`;
  const all = (given: ImportedLine[], cutAt: (id: string) => number | undefined = () => undefined, most = 700) => {
    const batcher = createDayBatcher(cutAt, most);
    return [...given.flatMap((line) => batcher.add(dayOf(line), line)), ...batcher.end()];
  };

  test("hold lines of one day, each line once, and never more wait than are allowed", () => {
    const batches = all(lines(3000));
    for (const { day, lines: own } of batches) expect(new Set(own.map(dayOf))).toEqual(new Set([day]));
    expect(batches.flatMap((batch) => batch.lines.map(({ number }) => number)).sort((a, b) => a - b)).toEqual(
      lines(3000).map(({ number }) => number),
    );
    expect(Math.max(...sizes(batches))).toBeLessThan(250);
  });

  test("are the same again of a file that has grown, as far as they were sent", () => {
    const before = all(lines(1000));
    const known = new Map(before.map((batch) => [batch.lines[0]?.id, batch.lines.length]));
    const grown = all(lines(2000), (id) => known.get(id));
    expect(grown.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
  });
});
