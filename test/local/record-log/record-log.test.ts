import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Damage, describeDamage } from "../../../local/record-log/record-damage.ts";
import { recordHeaderBytes } from "../../../local/record-log/record-format.ts";
import { openRecordLog, type RecordLog } from "../../../local/record-log/record-log.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "daymark-log-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const payload = fc.uint8Array({ maxLength: 300 });
const puts = fc.array(fc.array(payload, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 });

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const own = await mkdtemp(join(folder, "run-"));
  try {
    return await use(own);
  } finally {
    await rm(own, { recursive: true });
  }
}

async function readAll(log: RecordLog): Promise<Uint8Array[]> {
  const { records } = await log.read(log.start, {});
  return records.map(({ payload }) => new Uint8Array(payload));
}

test("a log gives back every acknowledged record in order, whatever the segments and after opening again", async () => {
  await fc.assert(
    fc.asyncProperty(puts, fc.integer({ min: 1, max: 2000 }), async (calls, segmentBytes) =>
      inFolder(async (own) => {
        {
          await using log = await openRecordLog({ folder: own, segmentBytes });
          const positions = await Promise.all(calls.map((payloads) => log.append(payloads)));
          expect((await log.read(0, {})).records.map(({ position }) => position)).toEqual(positions.flat());
          expect(await readAll(log)).toEqual(calls.flat());
        }
        await using again = await openRecordLog({ folder: own, segmentBytes });
        expect(await readAll(again)).toEqual(calls.flat());
      }),
    ),
    { numRuns: 60 },
  );
});

test("a log cut off anywhere in its last segment keeps a prefix of what was acknowledged, and takes more", async () => {
  await fc.assert(
    fc.asyncProperty(puts, fc.double({ min: 0, max: 1, noNaN: true }), payload, async (calls, where, extra) =>
      inFolder(async (own) => {
        {
          await using log = await openRecordLog({ folder: own });
          for (const payloads of calls) await log.append(payloads);
        }
        const path = join(own, (await readdir(own))[0] ?? "");
        await truncate(path, Math.floor((await stat(path)).size * where));
        await using again = await openRecordLog({ folder: own });
        const kept = await readAll(again);
        expect(kept).toEqual(calls.flat().slice(0, kept.length));
        await again.append([extra]);
        expect(await readAll(again)).toEqual([...kept, extra]);
      }),
    ),
    { numRuns: 100 },
  );
});

type Harm = { pick: number; where: number; bit: number | undefined };
const harm: fc.Arbitrary<Harm> = fc.record({
  pick: fc.nat(),
  where: fc.double({ min: 0, max: 0.999, noNaN: true }),
  bit: fc.option(fc.nat(7), { nil: undefined }),
});

/** Flips a bit of one of the log's files, or truncates it. Returns which bytes of the log were affected. */
async function doHarm(own: string, { pick, where, bit }: Harm): Promise<{ from: number; to: number; isLast: boolean }> {
  const names = (await readdir(own)).filter((name) => name.endsWith(".log")).sort();
  const name = names[pick % names.length] ?? "";
  const path = join(own, name);
  const { size } = await stat(path);
  const at = Math.floor(size * where);
  const isLast = name === names.at(-1);
  const start = Number(name.slice(0, 16));
  if (bit === undefined) {
    await truncate(path, at);
    return { from: start + at, to: start + size, isLast };
  }
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
  await writeFile(path, bytes);
  return { from: start + at, to: start + at + 1, isLast };
}

test("a log gives back every record that was not touched, and tells of each that was, wherever a bit flipped or a file was cut off", async () => {
  await fc.assert(
    fc.asyncProperty(puts, fc.integer({ min: 1, max: 2000 }), harm, payload, async (calls, segmentBytes, what, extra) =>
      inFolder(async (own) => {
        const positions: number[] = [];
        {
          await using log = await openRecordLog({ folder: own, segmentBytes });
          for (const payloads of calls) positions.push(...(await log.append(payloads)));
        }
        const { from, to, isLast } = await doHarm(own, what);
        const damages: Damage[] = [];
        const onDamage = (damage: Damage) => damages.push(damage);
        await using again = await openRecordLog({ folder: own, segmentBytes, onDamage });
        const isTouched = (index: number) => {
          const [start = 0, length = 0] = [positions[index], calls.flat()[index]?.length];
          return start < to && start + length + recordHeaderBytes > from;
        };
        const whole = calls.flat().filter((_, index) => !isTouched(index));
        expect(await readAll(again)).toEqual(whole);
        // Reading again reports nothing new.
        expect(await readAll(again)).toEqual(whole);
        // If complete records were cut off at the very end, there is nothing to notice.
        const isClean = isLast && (from === to || [...positions, 0].includes(from)) && what.bit === undefined;
        expect(damages.length).toBe(isClean ? 0 : 1);
        await again.append([extra]);
        expect(await readAll(again)).toEqual([...whole, extra]);
      }),
    ),
    { numRuns: 100 },
  );
});

test("a log tells where the damage is, and sets its bytes aside", async () => {
  {
    await using log = await openRecordLog({ folder });
    await log.append(["first", "second", "third"].map((text) => Buffer.from(text)));
  }
  const file = join(folder, "0000000000000000.log");
  const bytes = await readFile(file);
  bytes.write("S", 13 + recordHeaderBytes);
  await writeFile(file, bytes);
  const damages: Damage[] = [];
  await using log = await openRecordLog({ folder, onDamage: (damage) => damages.push(damage) });
  expect((await readAll(log)).map((one) => Buffer.from(one).toString())).toEqual(["first", "third"]);
  const keptIn = join(folder, "damaged", "0000000000000013.bytes");
  expect(damages).toEqual([{ file, offset: 13, size: 14, isTail: false, keptIn }]);
  expect((await readFile(keptIn)).subarray(recordHeaderBytes).toString()).toBe("Second");
  expect(describeDamage(damages[0] ?? expect.fail())).toBe(
    `${file} is damaged: 14 bytes from byte 13 on are no records; they are in ${keptIn} now. What stands behind them was kept`,
  );
});

test("a log whose file was removed takes no more", async () => {
  await using log = await openRecordLog({ folder });
  await log.append([Buffer.from("kept")]);
  await rm(join(folder, "0000000000000000.log"));
  await expect(log.append([Buffer.from("lost")])).rejects.toThrow("has been removed");
});

test.each([Buffer.alloc(4096), Buffer.alloc(5, 255), Buffer.alloc(70_000, 1)])(
  "garbage after the last record is cut off",
  async (garbage) => {
    {
      await using log = await openRecordLog({ folder });
      await log.append([Buffer.from("a"), Buffer.alloc(0)]);
    }
    await appendFile(join(folder, "0000000000000000.log"), garbage);
    await using again = await openRecordLog({ folder });
    expect(again.end).toBe(17);
    expect((await stat(join(folder, "0000000000000000.log"))).size).toBe(17);
  },
);

test("a record larger than what is read at once comes back whole, and is found on opening", async () => {
  const big = Buffer.alloc(3_000_000, 7);
  {
    await using log = await openRecordLog({ folder });
    await log.append([Buffer.from("small"), big, Buffer.from("last")]);
  }
  await using log = await openRecordLog({ folder });
  const { records } = await log.read(0, { bytes: 10 });
  expect(records.map(({ payload }) => payload.toString())).toEqual(["small"]);
  const second = await log.read(records[0] ? 13 : 0, { bytes: 10 });
  expect(second.records.length).toBe(1);
  expect(second.records[0]?.payload.equals(big)).toBe(true);
});

test("read stops at its limits and goes on from where it stopped", async () => {
  await using log = await openRecordLog({ folder, segmentBytes: 50 });
  for (let i = 0; i < 20; i++) await log.append([Buffer.from(`record ${i}`)]);
  const seen: string[] = [];
  for (let from = log.start; from < log.end; ) {
    const { records, next } = await log.read(from, { bytes: 25.5, count: 3 });
    expect(records.length).toBeLessThanOrEqual(3);
    seen.push(...records.map(({ payload }) => payload.toString()));
    from = next;
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => `record ${i}`));
  expect((await log.read(0, { to: 32 })).records.length).toBe(2);
});

test("truncateBefore deletes whole segments, and positions go on growing after a restart", async () => {
  let end: number;
  {
    await using log = await openRecordLog({ folder, segmentBytes: 100 });
    for (let i = 0; i < 50; i++) await log.append([Buffer.alloc(20)]);
    end = log.end;
    await log.truncateBefore(end);
    expect((await readdir(folder)).length).toBe(1);
    await expect(log.read(0, {})).rejects.toThrow("Cannot read");
  }
  await using again = await openRecordLog({ folder, segmentBytes: 100 });
  expect(again.end).toBe(end);
  expect(await again.append([Buffer.from("x")])).toEqual([end]);
});

test("a log whose middle is missing is told, and the rest of it read", async () => {
  {
    await using log = await openRecordLog({ folder, segmentBytes: 10 });
    for (let i = 0; i < 3; i++) await log.append([Buffer.from(`012345678${i}`)]);
  }
  await rm(join(folder, (await readdir(folder)).sort()[1] ?? ""));
  const damages: Damage[] = [];
  await using log = await openRecordLog({ folder, onDamage: (damage) => damages.push(damage) });
  expect((await readAll(log)).map((one) => Buffer.from(one).toString())).toEqual(["0123456780", "0123456782"]);
  expect(damages).toEqual([{ file: join(folder, "0000000000000000.log"), offset: 18, size: 18, isTail: false }]);
});

test("an append that finds the disk full is refused, and the log goes on when there is space again", async () => {
  await using log = await openRecordLog({ folder });
  // Every write to this device fails with ENOSPC.
  await symlink("/dev/full", join(folder, "0000000000000000.log"));
  await expect(log.append([Buffer.from("a")])).rejects.toThrow("ENOSPC");
  await expect(log.append([Buffer.from("b")])).rejects.toThrow("Cannot write to the log");
  expect(log.waitingBytes).toBe(0);
  await rm(join(folder, "0000000000000000.log"));
  expect(await log.append([Buffer.from("c")])).toEqual([0]);
  expect((await log.read(0, {})).records.map(({ payload }) => payload.toString())).toEqual(["c"]);
});

test("a closed log refuses more", async () => {
  const log = await openRecordLog({ folder });
  await log[Symbol.asyncDispose]();
  await expect(log.append([Buffer.from("x")])).rejects.toThrow("the log is closed");
});
