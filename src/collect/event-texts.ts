/**
 * Where each event of a body begins and ends, and how much is in it at least, found by one walk over the text before
 * any event is worked on. `JSON.parse` takes 100,000 fields and any nesting, but whatever walks through its result
 * takes far longer, or runs out of stack. So an event that cannot be accepted for its size is refused by its text.
 */
import { MAX_EVENTS } from "../schemas/api/collect-request.ts";
import type { Inexact } from "../schemas/exact-json.ts";
import { endOfNumber, isInexact } from "../schemas/inexact-number.ts";
import { beyondLimits, MAX_EVENT_BYTES, MAX_LONG_NUMBERS } from "./event/properties.ts";

/**
 * `from` and `to` are indexes of the text. As JSON the event has at least `leastBytes`, not counting the texts in it,
 * and `depth` levels of objects and arrays, its own included. Up to its end the body has `longNumbers`, which are those
 * that a double cannot hold.
 */
export type EventText = { from: number; to: number; leastBytes: number; depth: number; longNumbers: number };

/**
 * `whole` is the body; `events` are the elements of its list, or of its list called `events`, at most 501 of them.
 * `inexact` are the numbers that a double cannot hold, without those in events that cannot be accepted.
 */
export type EventTexts = { whole: EventText; events: readonly EventText[]; inexact: Inexact };

const code = { quote: 34, comma: 44, colon: 58, openList: 91, backslash: 92, closeList: 93, open: 123, close: 125 };
const notStructural = new Uint8Array(0x10000).fill(1);
for (const char of Object.values(code)) notStructural[char] = 0;
/** Each has a beginning and an end. */
const TOO_MANY = 2 * MAX_LONG_NUMBERS;
/** What an escape may be longer than what it stands for: `\u0061` is `a`. */
const ESCAPE_BYTES = 5;

/** The texts of the events of a body that is valid JSON; for any other body they mean nothing. */
export function findEventTexts(text: string): EventTexts {
  const listLevel = text.trimStart().startsWith("[") ? 1 : 2;
  const inexact: number[] = [];
  const events = createEvents(listLevel, inexact);
  const so = { level: 0, deepest: 0, leastBytes: 0, numberBytes: 0 };
  let keyBytes = 0;
  let key = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    // Most characters are digits or letters, and little more needs to be asked of them.
    if (char > code.closeList && char < code.open) continue;
    if (char > code.comma && char < code.colon) {
      if (!events.mayTake(so)) continue;
      const end = endOfNumber(text, at);
      if (isInexact(text, at, end, true)) so.numberBytes += add(inexact, at, end);
      at = end - 1;
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
      so.leastBytes += 2;
      keyBytes = Math.max(0, at - start - 1 - escapes * ESCAPE_BYTES);
      if (so.level === 1 && listLevel === 2) key = text.slice(start, at + 1);
    } else if (char === code.comma) {
      if (so.level !== listLevel || !events.next(at, so)) so.leastBytes++;
    } else if (char === code.colon) {
      so.leastBytes += keyBytes + 1;
    } else if (char === code.openList || char === code.open) {
      so.leastBytes += 2;
      if (++so.level > so.deepest) so.deepest = so.level;
      const isList = so.level === listLevel && char === code.openList;
      if (isList && (listLevel === 1 || isEvents(key))) events.begin(at + 1, so);
    } else if (char === code.closeList || char === code.close) {
      if (so.level-- === listLevel) events.end(at, so);
    }
  }
  const { leastBytes, deepest: depth } = so;
  const whole = { from: 0, to: text.length, leastBytes, depth, longNumbers: inexact.length / 2 };
  const found = events.found();
  return { whole, events: found, inexact: found.length === 0 && beyondLimits(whole) ? [] : inexact };
}

/** The length of a number that is kept, and so is written as it is. */
function add(inexact: number[], from: number, to: number): number {
  inexact.push(from, to);
  return to - from;
}

/** How far the walk has come. `numberBytes` are those of numbers that are kept as they are, in the event at hand. */
type SoFar = { level: number; deepest: number; leastBytes: number; numberBytes: number };

/** The events of one list after another, of which the last is meant. */
function createEvents(listLevel: number, inexact: number[]) {
  let found: EventText[] = [];
  let open: { from: number; leastBytes: number; deepestBefore: number; inexactBefore: number } | undefined;
  let tooManyBytes = MAX_EVENT_BYTES;

  function start(from: number, so: SoFar): void {
    open = { from, leastBytes: so.leastBytes, deepestBefore: so.deepest, inexactBefore: inexact.length };
    tooManyBytes = so.leastBytes + MAX_EVENT_BYTES;
    so.deepest = so.level;
    so.numberBytes = 0;
  }

  function end(to: number, so: SoFar): void {
    if (open === undefined) return;
    const { from, leastBytes: before, deepestBefore, inexactBefore } = open;
    const depth = so.deepest - listLevel;
    const event = { from, to, leastBytes: so.leastBytes - before, depth, longNumbers: inexact.length / 2 };
    if (found.length <= MAX_EVENTS) found.push(event);
    if (beyondLimits(event)) inexact.length = inexactBefore;
    so.deepest = Math.max(so.deepest, deepestBefore);
    open = undefined;
  }

  return {
    end,
    found: () => found,
    /** Whether a number matters: not of an event that cannot be accepted anyway. */
    mayTake: (so: SoFar) => so.leastBytes + so.numberBytes <= tooManyBytes && inexact.length <= TOO_MANY,
    begin(from: number, so: SoFar): void {
      found = [];
      start(from, so);
    },
    /** False if it is not between two events. */
    next(at: number, so: SoFar): boolean {
      if (open === undefined) return false;
      end(at, so);
      start(at + 1, so);
      return true;
    },
  };
}

function isEvents(key: string): boolean {
  return key === '"events"' || (key.includes("\\") && JSON.parse(key) === "events");
}
