/** A real broker of Kafka, from Maven's artifacts, with its own clients: one writes, one reads as Lambda's mapping does. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { fetched } from "../../tools/servers/fetched.ts";
import { knownJavas } from "../../tools/servers/known-javas.ts";
import { fetchLibraries } from "../../tools/servers/maven.ts";
import { freePort } from "../../tools/servers/own-server.ts";

const VERSION = "4.1.1";

export type KafkaProgram = { java: string; libraries: string };

/** Undefined where there is no JDK of version 17 or newer, or no Maven. */
export async function kafkaProgram(): Promise<KafkaProgram | undefined> {
  const java = (await knownJavas()).find(({ version }) => version >= 17)?.path;
  if (java === undefined) return undefined;
  const kafka = [`org.apache.kafka:kafka_2.13:${VERSION}`];
  try {
    return { java, libraries: await fetched(`kafka-${VERSION}`, (folder) => fetchLibraries(kafka, folder)) };
  } catch {
    return undefined;
  }
}

/** A record to write; what is bytes may be null. */
export type KafkaRecord = {
  partition: number;
  timestamp?: number;
  key?: Uint8Array | null;
  value: Uint8Array | null;
  headers?: Record<string, Uint8Array>;
};

export type Kafka = Awaited<ReturnType<typeof startKafka>>;

export async function startKafka({ java, libraries }: KafkaProgram) {
  const home = await mkdtemp(join(tmpdir(), "daymark-kafka-"));
  const [port, controller] = [await freePort(), await freePort()];
  const run = (program: string, ...args: string[]): ChildProcessWithoutNullStreams => {
    const options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(libraries, "*")];
    const child = spawn(java, [...options, join(import.meta.dirname, "kafka", `${program}.java`), ...args]);
    // However the tests end, it does not go on without them.
    process.once("exit", () => child.kill("SIGKILL"));
    child.stderr.resume();
    return child;
  };
  const server = run("StartKafka", home, String(port), String(controller));
  server.stdout.resume();
  const gone = once(server, "exit");
  const address = `127.0.0.1:${port}`;
  return {
    /** Writes to a topic, which is created unless it exists; ends each transaction after so many. */
    async produce(topic: string, records: readonly KafkaRecord[], { compression = "none", together = 1000 } = {}) {
      const producer = run("Produce", address, topic, compression);
      const said = text(producer.stdout);
      records.forEach((record, i) => {
        const { key, value, headers = {}, ...rest } = record;
        const packed = { ...rest, key: base64(key), value: base64(value), headers: mapped(headers, base64) };
        producer.stdin.write(`${i % together === together - 1 ? "\n" : ""}${JSON.stringify(packed)}\n`);
      });
      producer.stdin.end();
      const lines = (await said).trim().split("\n");
      if (lines.length !== records.length) throw new Error(`Cannot write to ${topic}: ${lines.length} records arrived`);
    },
    /** A poller of a group, as Lambda runs it; `kill` ends it at once, whatever it does. */
    poll(topic: string, group: string, most: number) {
      const poller = run("Poll", address, topic, group, String(most));
      const lines = createInterface({ input: poller.stdout })[Symbol.asyncIterator]();
      return {
        /** What the function is to be invoked with. */
        next: async () => (await lines.next()).value as string,
        answer: (word: "taken" | "failed") => poller.stdin.write(`${word}\n`),
        async kill() {
          const ended = once(poller, "exit");
          poller.kill("SIGKILL");
          await ended;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      server.stdin.end();
      await gone;
      await rm(home, { recursive: true, force: true });
    },
  };
}

const base64 = (bytes: Uint8Array | null | undefined) =>
  bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString("base64");

function mapped<T, U>(object: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
