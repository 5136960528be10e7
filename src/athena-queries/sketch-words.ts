/**
 * Sketches in SQL. A sketch is an array of words of 63 bits. Each word holds the number of a block of nine registers
 * and their nine ranks of six bits (`src/metrics/distinct-sketch.ts` defines the bits). The sketch of a union takes
 * nine maxima per block, without unpacking the words: ranks that are masked in place compare like the ranks themselves.
 * All numbers are whole, or doubles that are exact in any order, so every engine builds the same sketch and the same
 * estimate.
 */
import { BLOCK_UNIT, RANK_MASK, REGISTERS_PER_WORD, rankUnit, SKETCH_LIMITS } from "../metrics/distinct-sketch.ts";
import { raw, type Sql } from "./sql.ts";

const slots = Array.from({ length: REGISTERS_PER_WORD }, (_, slot) => slot);
const { registers, linearBelow } = SKETCH_LIMITS;
const blockMask = BLOCK_UNIT * 511n;

/** The word of one register, from the columns of its number and its rank; null when they are. */
export function wordOf(register: string, rank: string): string {
  const unit = `cast(power(64e0, mod(${register}, ${REGISTERS_PER_WORD})) as bigint)`;
  return `(cast(${register} / ${REGISTERS_PER_WORD} as bigint) * ${BLOCK_UNIT} + ${rank} * ${unit})`;
}

/** The block number of a word, still at its position in the word. */
export function blockOf(word: string): string {
  return `bitwise_and(${word}, ${blockMask})`;
}

/** The highest ranks in a group of words of one block: nine columns, which the other expressions here read. */
export function highestRanks(word: string): Sql {
  return raw(slots.map((i) => `max(bitwise_and(${word}, ${RANK_MASK * rankUnit(i)})) as r${i}`).join(",\n    "));
}

/** What is summed over the blocks of a sketch: its words, the number of registers hit, and their weight. */
export const sumsOfBlocks: Sql = raw(
  [
    `array_sort(array_agg(block + ${slots.map((i) => `r${i}`).join(" + ")}) filter (where block is not null)) as sketch`,
    `sum(${slots.map((i) => `case when r${i} > 0 then 1 else 0 end`).join(" + ")}) as used`,
    `sum(${slots.map((i) => `case when r${i} > 0 then power(2e0, -(r${i} / ${rankUnit(i)})) else 0e0 end`).join(" + ")}) as weight`,
  ].join(",\n    "),
);

/**
 * The number of distinct ids, as `estimate` in `distinct-sketch.ts` computes it. Reads the columns `used` and `weight`.
 */
export const estimate: Sql = raw(
  `cast(round(case
      when used < ${linearBelow} then ${registers}e0 * ln(${registers}e0 / (${registers} - used))
      else ${registers}e0 * ${registers}e0 / (2e0 * ln(2e0) * (weight + ${registers}e0 * (${sigma(`((${registers} - used) / ${registers}e0)`)})))
    end) as bigint)`,
);

/**
 * Ertl's correction for registers that were never hit. At most 7 of 8 are empty here, so ten terms exceed the precision
 * of a double.
 */
function sigma(share: string): string {
  const terms = Array.from({ length: 9 }, (_, i) => `${2 ** i}e0 * power(${share}, ${2 ** (i + 1)})`);
  return [share, ...terms].join(" + ");
}
