/**
 * Where each event of a body begins and ends, and how much is in it at least, found by one walk over the text before
 * any event is worked on. `JSON.parse` takes 100,000 fields and any nesting, but whatever walks through its result
 * takes far longer, or runs out of stack. So an event that cannot be accepted for its size is refused by its text.
 */
import { MAX_EVENTS } from "../schemas/api/collect-request.ts";
import type { Inexact } from "../schemas/exact-json.ts";
import { endOfNumber, kindOfNumber } from "../schemas/inexact-number.ts";
import { ESCAPE_LENGTH, halvesAt, isNulAt, replaceEscape, textOf, unitsOf } from "../schemas/json-escapes.ts";
import { beyondLimits, MAX_EVENT_BYTES } from "./event/properties.ts";
import { MAX_LONG_NUMBERS } from "./event/request-limits.ts";

/**
 * `from` and `to` are indexes of the text. As JSON the event has at least `leastBytes`, not counting the texts and short
 * numbers in it, and `depth` levels of objects and arrays, its own included.
 */
export type EventText = { from: number; to: number; leastBytes: number; depth: number };

/**
 * `json` is the body, of the same length, in which no half of a surrogate pair is escaped: JSON.stringify takes ten times
 * as long for one as for any other character. `whole` is all of it; `events` are the elements of its list, or of its list
 * called `events`, at most 501 of them. `inexact` are the numbers that a double cannot hold, and `values` counts fields,
 * items, and what they are in, both without those of events that cannot be accepted. `longNumbers` counts numbers of more
 * than 15 digits, up to one more than may come. `escapes` counts those of all texts. `isClean` says that `cleanJson` would
 * find nothing in any event: it holds no NUL, and no body that came as UTF-8 holds half of a pair unescaped.
 */
export type EventTexts = {
  json: string;
  whole: EventText;
  events: readonly EventText[];
  inexact: Inexact;
  values: number;
  longNumbers: number;
  escapes: number;
  isClean: boolean;
};

const code = {
  ...{ quote: 34, comma: 44, zero: 48, colon: 58, D: 68, openList: 91, backslash: 92, closeList: 93 },
  ...{ d: 100, u: 117, open: 123, close: 125 },
};
/** With more digits than a double always holds. */
const LONG_NUMBER_BYTES = 16;
/** What an escape may be longer than what it stands for: `\u0061` is `a`. */
const ESCAPE_BYTES = 5;

/** The texts of the events of a body that is valid JSON; for any other body they mean nothing. */
export function findEventTexts(body: string): EventTexts {
  const units = unitsOf(body);
  const listLevel = body.trimStart().startsWith("[") ? 1 : 2;
  const inexact: number[] = [];
  const events = createEvents(body, listLevel, inexact);
  const so = { level: 0, deepest: 0, leastBytes: 0, numberBytes: 0, values: 0, longNumbers: 0 };
  const inside = createInside(body, units);
  let keyBytes = 0;
  let key = "";
  for (let at = 0; at < units.length; at++) {
    const char = units[at] as number;
    // Most characters are digits or letters, and little more needs to be asked of them.
    if (char > code.closeList && char < code.open) continue;
    if (char > code.comma && char < code.colon) {
      const end = endOfNumber(body, at);
      if (end < 0) events.look(at, -end, so);
      at = Math.abs(end) - 1;
    } else if (char === code.quote) {
      const start = at;
      at = inside.end(start + 1);
      so.leastBytes += 2;
      keyBytes = Math.max(0, at - start - 1 - inside.escapes() * ESCAPE_BYTES);
      if (so.level === 1 && listLevel === 2) key = body.slice(start, at + 1);
    } else if (char === code.comma) {
      if (so.level === listLevel && events.next(at, so)) continue;
      so.leastBytes++;
      so.values++;
    } else if (char === code.colon) {
      so.leastBytes += keyBytes + 1;
    } else if (char === code.openList || char === code.open) {
      so.leastBytes += 2;
      so.values++;
      if (++so.level > so.deepest) so.deepest = so.level;
      const isList = so.level === listLevel && char === code.openList;
      if (isList && (listLevel === 1 || isEvents(key))) events.begin(at + 1, so);
    } else if (char === code.closeList || char === code.close) {
      if (so.level-- === listLevel) events.end(at, so);
    }
  }
  const whole = { from: 0, to: body.length, leastBytes: so.leastBytes + so.numberBytes, depth: so.deepest };
  const isRefused = beyondLimits(whole) !== undefined;
  const { found, values } = events.found() ?? { found: [], values: isRefused ? 0 : so.values };
  const kept = isRefused && found.length === 0 ? [] : inexact;
  const { escapes, isChanged, isClean } = inside.all();
  const json = isChanged ? textOf(units) : body;
  return { json, whole, events: found, inexact: kept, values, longNumbers: so.longNumbers, escapes, isClean };
}

/** The walk through the texts in a body, one after the other. In `units`, halves of surrogate pairs are replaced. */
function createInside(body: string, units: Uint16Array) {
  let escapes = 0;
  let all = 0;
  let isChanged = false;
  let holdsNul = false;
  const { length } = units;
  // A pattern finds both at once. indexOf stops at each character of which half the code is that of a backslash (`한`).
  const next = /["\\]/g;

  function farEnd(from: number): number {
    next.lastIndex = from;
    return next.test(body) ? next.lastIndex - 1 : body.length;
  }

  /** The index behind the escape at `at`, or behind those of a surrogate pair. */
  function endOfEscape(at: number): number {
    escapes++;
    if (units[at + 1] !== code.u) return at + 2;
    const first = units[at + 2] as number;
    if (first === code.zero) holdsNul ||= isNulAt(units, at);
    const halves = first === code.d || first === code.D ? halvesAt(units, at) : 0;
    if (halves === 1) {
      replaceEscape(units, at);
      isChanged = true;
    }
    if (halves < 2) return at + ESCAPE_LENGTH;
    escapes++;
    return at + 2 * ESCAPE_LENGTH;
  }

  return {
    /** How many there were in the last text. */
    escapes: () => escapes,
    /** How many there were in all of them, whether any was replaced, and whether none is that of NUL. */
    all: () => ({ escapes: all + escapes, isChanged, isClean: !holdsNul }),
    /** The index of the quote behind a text that begins at `from`. */
    end(from: number): number {
      all += escapes;
      escapes = 0;
      for (let at = from; at < length; at = endOfEscape(at)) {
        // The loop that all depends on: half the time goes to whatever else is asked in it.
        const near = Math.min(at + NEAR, length);
        for (; at < near; at++) {
          const char = units[at];
          if (char === code.quote || char === code.backslash) break;
        }
        if (at === near) at = farEnd(at);
        if (at >= length || units[at] === code.quote) return at;
      }
      return length;
    },
  };
}

/** Most texts are short, and to call a pattern takes as long as a look at twenty characters. */
const NEAR = 64;

/** How far the walk has come. `numberBytes` are what long numbers take at least as JSON, in the event at hand. */
type SoFar = {
  level: number;
  deepest: number;
  leastBytes: number;
  numberBytes: number;
  values: number;
  longNumbers: number;
};

/** What it was where the event at hand begins. */
type Open = SoFar & { from: number; inexact: number };

/** The events of one list after another, of which the last is meant. */
function createEvents(text: string, listLevel: number, inexact: number[]) {
  let found: EventText[] | undefined;
  let values = 0;
  let open: Open | undefined;
  let tooManyBytes = MAX_EVENT_BYTES;

  function start(from: number, so: SoFar): void {
    open = { ...so, from, inexact: inexact.length };
    tooManyBytes = so.leastBytes + MAX_EVENT_BYTES;
    so.deepest = so.level;
    so.numberBytes = 0;
  }

  function end(to: number, so: SoFar): void {
    if (open === undefined) return;
    const leastBytes = so.leastBytes - open.leastBytes + so.numberBytes;
    const event = { from: open.from, to, leastBytes, depth: so.deepest - listLevel };
    if (found !== undefined && found.length <= MAX_EVENTS) found.push(event);
    if (beyondLimits(event)) inexact.length = open.inexact;
    else values += so.values - open.values;
    so.deepest = Math.max(so.deepest, open.deepest);
    open = undefined;
  }

  return {
    end,
    /** Undefined without a list. */
    found: () => found && { found, values },
    /** Looks at a number closely, unless its event cannot be accepted anyway. */
    look(from: number, to: number, so: SoFar): void {
      if (so.leastBytes + so.numberBytes > tooManyBytes || so.longNumbers > MAX_LONG_NUMBERS) return;
      const kind = kindOfNumber(text, from, to, true);
      if (kind === "short") return;
      so.longNumbers++;
      so.numberBytes += kind === "inexact" ? to - from : LONG_NUMBER_BYTES;
      if (kind === "inexact") inexact.push(from, to);
    },
    begin(from: number, so: SoFar): void {
      found = [];
      values = 0;
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
