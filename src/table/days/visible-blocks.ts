/** Which of a day's blocks are visible: a block's name is added when it is written, and replaced when it is folded. */
import type { BlockStore, NewName } from "../blocks/block-store.ts";
import { type Change, number, type Table } from "../table.ts";
import { dayKey, isAt, NAMES, OPEN, STATE } from "./day-items.ts";
import { addSources } from "./source-counts.ts";

export function visibleBlocks(table: Table) {
  return {
    /** Makes blocks visible at the instant `now` (epoch ms), all at once: see `BlockStore`. */
    addNames(names: readonly NewName[], now: number): Promise<boolean> {
      const opened = names.filter(({ rows, known }) => rows > 0 && !known.isMarked).map(({ day }) => day);
      const updates = names.map((name) => ({ Key: dayKey(name.day), ...addName(name, now) }));
      const [only] = updates;
      if (only !== undefined && updates.length === 1 && opened.length === 0) return table.update(only.Key, only);
      const marks = opened.length === 0 ? [] : [{ Key: STATE, ...markOpen(opened) }];
      return table.updateAll([...updates, ...marks]);
    },

    /** Replaces the blocks that a fold was made from by the fold: see `BlockStore`. */
    replaceNames(day: string, { folds, old, fold }: Parameters<BlockStore["replaceNames"]>[1]): Promise<boolean> {
      return table.update(dayKey(day), {
        UpdateExpression: "DELETE #old :old ADD #new :new, folds :one",
        ConditionExpression: isAt("folds", folds),
        ExpressionAttributeNames: { "#old": NAMES + old[0]?.[0], "#new": NAMES + fold[0] },
        ExpressionAttributeValues: {
          ":old": { SS: [...old] },
          ":new": { SS: [fold] },
          ":one": number(1),
          ...(folds > 0 && { ":folds": number(folds) }),
        },
      });
    },
  };
}

/**
 * The condition holds if no fold came since the day was read, and if the block is not visible yet. A day that was
 * marked as open must still be so: otherwise the batch has closed it, and nobody would see the block.
 */
function addName({ name, rows, robots = 0, sources = [], known, isJoint }: NewName, now: number): Change {
  const isSeen = rows > 0;
  const from = addSources(sources, known.lastSeen);
  const adds = [
    "#names :names",
    ...(isSeen ? ["seen :rows", "v :one"] : []),
    ...(robots > 0 ? ["robots :robots"] : []),
    ...(isJoint ? ["joint :one"] : []),
    ...from.adds,
  ];
  const opens = isSeen && !known.isMarked;
  const sets = [...(isSeen ? ["seen_at = :now"] : []), ...(opens ? ["marked = :one"] : []), ...from.sets];
  return {
    UpdateExpression: `ADD ${adds.join(", ")}${sets.length > 0 ? ` SET ${sets.join(", ")}` : ""}`,
    ConditionExpression: [
      isAt("folds", known.folds),
      "NOT contains(#names, :name)",
      ...(isSeen ? [`attribute_${opens ? "not_" : ""}exists(marked)`] : []),
      ...from.conditions,
    ].join(" AND "),
    ExpressionAttributeNames: { "#names": NAMES + name[0] },
    ExpressionAttributeValues: {
      ":names": { SS: [name] },
      ":name": { S: name },
      ...(known.folds > 0 && { ":folds": number(known.folds) }),
      ...((isSeen || isJoint) && { ":one": number(1) }),
      ...(isSeen && { ":rows": number(rows), ":now": number(now) }),
      ...(robots > 0 && { ":robots": number(robots) }),
      ...from.values,
    },
  };
}

function markOpen(days: readonly string[]): Change {
  return {
    UpdateExpression: `ADD ${days.map((_, i) => `#d${i} :one`).join(", ")}`,
    ExpressionAttributeNames: Object.fromEntries(days.map((day, i) => [`#d${i}`, OPEN + day])),
    ExpressionAttributeValues: { ":one": number(1) },
  };
}
