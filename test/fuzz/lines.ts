/**
 * Mutated lines of an imported file: every one becomes an event or is reported, and its event is JSON that collect can
 * read.
 */

import { checkEvent } from "../../src/collect/event/check-event.ts";
import { createLineReader, formatOf } from "../../tools/import/events.ts";
import { createRandom, pick } from "../../tools/random.ts";
import { nastyJson, nastyTexts } from "./nasty.ts";

const valid = {
  combined: [
    '203.0.113.9 - - [22/Nov/2026:09:01:02 +0900] "GET /a?b=c HTTP/1.1" 200 512 "https://a.example/" "Mozilla/5.0"',
    '::1 - bob [29/Feb/2024:23:59:60 -0330] "POST / HTTP/2.0" 503 - "-" "-"',
  ],
  ndjson: [
    '{"name":"click","occurred_at":"2020-02-29T23:59:59Z","target":"a","properties":{"a":1}}',
    '{"name":"payment","event_id":"2f1c1f4e-6b4b-4a3e-9b0a-6f5a4a3c2b1a","amount":5,"currency":"KRW","occurred_at":1}',
  ],
} as const;
const pieces = ['"', "\\", "[", "]", "\t", "\0", "\u2028", "\ud800", " -", "99999999999999999999", "é", "%00", '"GET'];

export function fuzzLines({ seed, count }: { seed: number; count: number }) {
  const random = createRandom(seed);
  const readers = {
    combined: createLineReader(formatOf("combined"), { windowLines: 1000 }),
    ndjson: createLineReader(formatOf("ndjson"), { windowLines: 1000 }),
  };
  let events = 0;
  for (let number = 1; number <= count; number++) {
    const format = random() < 0.5 ? "combined" : "ndjson";
    const line = mangle(pick(random, valid[format] as unknown as [string, ...string[]]));
    const read = readers[format](line, number);
    if (read === undefined) throw new Error(`A line that is nothing: ${JSON.stringify(line)}`);
    const { json, problem, id } = read;
    if (problem === undefined) events++;
    if (typeof id !== "string" || id === "") throw new Error(`A line without an id: ${JSON.stringify(line)}`);
    checkEvent(JSON.parse(json));
  }
  return { lines: count, events, reported: count - events };

  function mangle(line: string): string {
    let text = line;
    for (let i = random() * 3; i >= 1; i--) {
      const at = Math.floor(random() * (text.length + 1));
      const end = at + Math.floor(random() * 12);
      const insert = pick(random, [...pieces, ...nastyJson, ...nastyTexts] as unknown as [string, ...string[]]);
      text = random() < 0.6 ? text.slice(0, at) + insert + text.slice(end) : text.slice(0, at) + text.slice(end);
    }
    return text;
  }
}
