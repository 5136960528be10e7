/**
 * Where each event of a body begins and ends, and how much is in it at least, found by one walk over the text before
 * any event is worked on. `JSON.parse` takes 100,000 fields and any nesting, but whatever walks through its result
 * takes far longer, or runs out of stack. So an event that cannot be accepted for its size is refused by its text.
 */
import { MAX_EVENTS } from "../schemas/api/collect-request.ts";
import type { Inexact } from "../schemas/exact-json.ts";
import { endOfNumber, isInexact } from "../schemas/inexact-number.ts";

/**
 * `from` and `to` are indexes of the text. As JSON the event has at least `leastBytes`, not counting the texts in it,
 * and `depth` levels of objects and arrays, its own included.
 */
export type EventText = { from: number; to: number; leastBytes: number; depth: number };

/**
 * `whole` is the body; `events` are the elements of its list, or of its list called `events`, at most 501 of them.
 * `inexact` are the numbers that a double cannot hold.
 */
export type EventTexts = { whole: EventText; events: readonly EventText[]; inexact: Inexact };

const code = { quote: 34, comma: 44, colon: 58, openList: 91, backslash: 92, closeList: 93, open: 123, close: 125 };
const notStructural = new Uint8Array(0x10000).fill(1);
for (const char of Object.values(code)) notStructural[char] = 0;
/** What an escape may be longer than what it stands for: `\u0061` is `a`. */
const ESCAPE_BYTES = 5;

/** The texts of the events of a body that is valid JSON; for any other body they mean nothing. */
export function findEventTexts(text: string): EventTexts {
  const listLevel = text.trimStart().startsWith("[") ? 1 : 2;
  let events: EventText[] = [];
  const inexact: number[] = [];
  let [level, deepest, leastBytes, keyBytes] = [0, 0, 0, 0];
  let key = "";
  let open: { from: number; leastBytes: number; deepestBefore: number } | undefined;

  function begin(from: number): void {
    open = { from, leastBytes, deepestBefore: deepest };
    deepest = level;
  }
  function end(to: number): void {
    if (open === undefined) return;
    const { from, leastBytes: before, deepestBefore } = open;
    if (events.length <= MAX_EVENTS)
      events.push({ from, to, leastBytes: leastBytes - before, depth: deepest - listLevel });
    deepest = Math.max(deepest, deepestBefore);
    open = undefined;
  }

  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    // Most characters are digits or letters, and little more needs to be asked of them.
    if (char > code.closeList && char < code.open) continue;
    if (char > code.comma && char < code.colon) {
      at = takeNumber(text, at, inexact) - 1;
    } else if (char === code.quote) {
      const start = at++;
      let escapes = 0;
      for (; at < text.length; at++) {
        const inside = text.charCodeAt(at);
        if (inside === code.quote) break;
        if (inside !== code.backslash) continue;
        escapes++;
        at++;
      }
      leastBytes += 2;
      keyBytes = Math.max(0, at - start - 1 - escapes * ESCAPE_BYTES);
      if (level === 1 && listLevel === 2) key = text.slice(start, at + 1);
    } else if (char === code.comma) {
      if (level === listLevel && open !== undefined) {
        end(at);
        begin(at + 1);
      } else leastBytes++;
    } else if (char === code.colon) {
      leastBytes += keyBytes + 1;
    } else if (char === code.openList || char === code.open) {
      leastBytes += 2;
      if (++level > deepest) deepest = level;
      if (level === listLevel && char === code.openList && (listLevel === 1 || isEvents(key))) {
        events = [];
        begin(at + 1);
      }
    } else if (char === code.closeList || char === code.close) {
      if (level-- === listLevel) end(at);
    }
  }
  return { whole: { from: 0, to: text.length, leastBytes, depth: deepest }, events, inexact };
}

/** The index behind the number, which is added to the others if it is such a one. */
function takeNumber(text: string, at: number, inexact: number[]): number {
  const end = endOfNumber(text, at);
  if (isInexact(text, at, end)) inexact.push(at, end);
  return end;
}

/** The numbers that are in some parts of the text, which are in order and apart. */
export function inexactIn(parts: readonly EventText[], inexact: Inexact): Inexact {
  let part = 0;
  return inexact.filter((at) => {
    while ((parts[part]?.to ?? Number.POSITIVE_INFINITY) < at) part++;
    return at >= (parts[part]?.from ?? Number.POSITIVE_INFINITY);
  });
}

function isEvents(key: string): boolean {
  return key === '"events"' || (key.includes("\\") && JSON.parse(key) === "events");
}
