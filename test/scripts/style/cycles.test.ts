import fc from "fast-check";
import { expect, test } from "vitest";
import { findCycles } from "../../../scripts/style/cycles.ts";

const graph = fc
  .array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 })
  .map((lists) => new Map(lists.map((list, file) => [`${file}`, list.map(String)])));

// The simple definition: two files are in one circle if each can be reached from the other.
function reaches(imports: Map<string, string[]>, from: string, to: string, seen = new Set<string>()): boolean {
  return (imports.get(from) ?? []).some((next) => {
    if (next === to) return true;
    if (seen.has(next)) return false;
    seen.add(next);
    return reaches(imports, next, to, seen);
  });
}

test("files that import each other in a circle are found, each circle once and whole", () => {
  fc.assert(
    fc.property(graph, (imports) => {
      const inCircle = (a: string, b: string) => reaches(imports, a, b) && reaches(imports, b, a);
      const expected = new Set(
        [...imports.keys()]
          .filter((file) => inCircle(file, file))
          .map((file) => [...imports.keys()].filter((other) => inCircle(file, other)).join()),
      );
      const found = findCycles(imports).map((circle) => circle.toSorted().join());
      expect(found.toSorted()).toEqual([...expected].toSorted());
    }),
  );
});
