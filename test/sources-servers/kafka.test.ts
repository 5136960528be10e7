/**
 * Records of a real Kafka, read as Lambda's event source mapping reads them, and taken by the function `kafka` of a
 * started Daymark: through answers that are lost, an outage, and a poller that is killed before it commits. Each record
 * is a row once, or one that was rejected.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_MESSAGE_LENGTH } from "../../src/schemas/events/fields.ts";
import { type Daymark, startDaymark } from "../browser/daymark.ts";
import { type Kafka, type KafkaRecord, kafkaProgram, startKafka } from "./kafka-server.ts";

const program = await kafkaProgram();
const stack = new AsyncDisposableStack();
let kafka: Kafka;
let daymark: Daymark;
beforeAll(async () => {
  if (program === undefined) return;
  const starting = startKafka(program);
  daymark = stack.use(await startDaymark());
  kafka = stack.use(await starting);
});
afterAll(() => stack.disposeAsync());

const HOUR_MS = 3_600_000;
const start = Date.now();
const bytes = (value: string) => new Uint8Array(Buffer.from(value));
const json = (value: object) => bytes(JSON.stringify(value));
/** Rows as text: what the record says, and its time. */
const row = (timestamp: number, ...said: unknown[]) =>
  [...said, new Date(timestamp).toISOString().replace("T", " ").replace("Z", "")].join(" | ");

/** A record, and the row that it is to become: none, one of the lake, or a rejected one. */
type Case = { record: KafkaRecord; row?: string; rejected?: string };

function ordinary(i: number): Case {
  const timestamp = start - i * 20 - (i % 50 === 0 ? 24 * HOUR_MS : 0);
  const key = i % 4 === 0 ? null : bytes(`key ${i % 7}`);
  const record = { partition: i % 3, timestamp, key, headers: { trace: new Uint8Array([i % 256, 255, 0]) } };
  const value = (): [Uint8Array | null, string?] => {
    switch (i % 5) {
      case 0:
        return [json({ name: "payment", amount: i, currency: "KRW" }), `payment | ${i}`];
      case 1:
        return [bytes(`line ${i} of the shop`), `app_log | info line ${i} of the shop`];
      case 2:
        return [json({ level: "ERROR", message: `job ${i}` }), `app_log | error job ${i}`];
      case 3:
        return [null];
      default: {
        const order = `{"order_id":${9007199254740993n + BigInt(i)},"much":1e400}`;
        return [bytes(order.replace("{", '{"name":"order_placed",')), `order_placed | ${order}`];
      }
    }
  };
  const [sent, said] = value();
  return { record: { ...record, value: sent }, ...(said !== undefined && { row: row(timestamp, said) }) };
}

const odd: Case[] = (
  [
    [bytes(""), "app_log | info "],
    [bytes("한국 🙂\nline two"), "app_log | info 한국 🙂\nline two"],
    [bytes("[1,2]"), "app_log | info [1,2]"],
    [bytes("null"), "app_log | info null"],
    // As Avro writes it: a schema's number, then bytes that are no text.
    [new Uint8Array([0, 0, 0, 0, 7, 255, 65]), "app_log | info \u0007\ufffdA"],
    [bytes("x".repeat(4_000_000)), `app_log | info ${"x".repeat(MAX_MESSAGE_LENGTH)}`],
    [json({ name: "big", text: "y".repeat(2_000_000) }), undefined, "properties"],
    [json({ name: "payment", amount: "much" }), undefined, "amount"],
    [json({ name: "Kim" }), undefined, "name"],
    [json({ name: "payment", amount: 1, currency: "KRW", occurred_at: "yesterday" }), undefined, "occurred_at"],
  ] satisfies [sent: Uint8Array, said: string | undefined, rejected?: string][]
).map(([value, said, rejected], i) => {
  const timestamp = start + i;
  const record = { partition: i % 3, timestamp, value };
  return { record, ...(said !== undefined && { row: row(timestamp, said) }), ...(rejected && { rejected }) };
});

// A producer that wrote an event of its own again.
const event_id = crypto.randomUUID();
const twice: Case[] = [row(start, 'refund | {"order":7}'), undefined].map((one) => ({
  record: { partition: 1, timestamp: start, value: json({ name: "refund", event_id, order: 7 }) },
  ...(one !== undefined && { row: one }),
}));

async function invoke(event: string): Promise<boolean> {
  const url = `${daymark.awsUrl}/2015-03-31/functions/daymark-local-kafka/invocations`;
  const answer = await fetch(url, { method: "POST", body: event }).catch(() => undefined);
  return answer?.status === 200 && !answer.headers.has("x-amz-function-error");
}
const positions = (event: string) =>
  Object.values(JSON.parse(event).records as Record<string, { partition: number; offset: number }[]>)
    .flat()
    .map(({ partition, offset }) => `${partition} ${offset}`);

test.skipIf(program === undefined)(
  "each record of Kafka counts once, through lost answers, an outage, and a poller that dies before it commits",
  async () => {
    const cases = [...Array.from({ length: 1000 }, (_, i) => ordinary(i)), ...odd, ...twice];
    const records = cases.map(({ record }) => record);
    const later = Array.from({ length: 300 }, (_, i) => ordinary(1000 + i));
    await kafka.produce("shop", records, { compression: "lz4" });

    const committed = new Set<string>();
    let poller = kafka.poll("shop", "daymark-local", 200);
    const take = async (event: string) => {
      expect(await invoke(event)).toBe(true);
      poller.answer("taken");
      for (const position of positions(event)) {
        expect(committed).not.toContain(position);
        committed.add(position);
      }
    };
    await take(await poller.next());
    await take(await poller.next());
    // The function has taken a batch, twice at once, but nobody hears of it.
    const lost = await poller.next();
    expect(await Promise.all([invoke(lost), invoke(lost)])).toEqual([true, true]);
    poller.answer("failed");
    expect(await poller.next()).toBe(lost);
    await take(lost);
    // The poller dies before it commits; the next one brings the same records with others.
    const killed = await poller.next();
    expect(await invoke(killed)).toBe(true);
    await poller.kill();
    poller = kafka.poll("shop", "daymark-local", 350);
    const again = await poller.next();
    expect(again).not.toBe(killed);
    expect(positions(killed).some((position) => positions(again).includes(position))).toBe(true);
    await daymark.stop();
    const producing = kafka.produce(
      "shop",
      later.map(({ record }) => record),
      { compression: "zstd", together: 7 },
    );
    for (let tries = 0; tries < 3; tries++) {
      expect(await invoke(again)).toBe(false);
      poller.answer("failed");
      expect(await poller.next()).toBe(again);
    }
    await daymark.start();
    await producing;
    await take(again);
    const all = [...cases, ...later];
    while (committed.size < all.length) await take(await poller.next());
    await poller.kill();

    const stored = await daymark.stored("is_copy is null");
    const said = stored.map(({ name, amount, level, message = "", properties, occurred_at }) =>
      [name, name === "app_log" ? `${level} ${message}` : (amount ?? properties), occurred_at].join(" | "),
    );
    expect(said.sort()).toEqual(all.flatMap(({ row }) => row ?? []).sort());
    expect((await daymark.stored("is_copy")).length).toBeGreaterThan(positions(lost).length / 2);
    const rejected = await daymark.query("SELECT DISTINCT event_id, reason FROM rejected");
    expect(rejected.map(({ reason }) => reason).sort()).toEqual(all.flatMap(({ rejected: one }) => one ?? []).sort());
    const total = async (question: string) => (await daymark.ask(`/v1/metrics/${question}`)).total;
    const days = `from=${dayOf(start - 48 * HOUR_MS)}&to=${dayOf(start + 24 * HOUR_MS)}`;
    const count = (name: string) => all.filter(({ row }) => row?.startsWith(name)).length;
    await expect.poll(() => total(`app_logs?${days}`), { timeout: 30_000 }).toBe(count("app_log"));
    const amounts = all.flatMap(({ row }) => (row?.startsWith("payment") ? Number(row.split(" | ")[1]) : []));
    expect(await total(`revenue?currency=KRW&${days}`)).toBe(amounts.reduce((a, b) => a + b, 0));
  },
  240_000,
);

const dayOf = (at: number) => new Date(at + 9 * HOUR_MS).toISOString().slice(0, 10);
