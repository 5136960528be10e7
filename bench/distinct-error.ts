/** How accurate distinct counts are: many sets of each size, each counted by its sketch. */
import { addTo, coordinatesOf, estimate, type Sketch } from "../src/metrics/distinct-sketch.ts";
import type { Bench, Row } from "./report.ts";

const sizes = [10, 100, 1_000, 10_000, 100_000];
/** 1.04 / √4096, with some room for chance: 60 sets determine it to within a tenth. */
const AT_MOST_PERCENT = 2;

export const distinctError: Bench = {
  title: "error of distinct counts; the standard error of a sketch of 4,096 registers is 1.04 / √4096 = 1.63 %",
  async run({ full }) {
    return sizes.flatMap((size) => errorRows(size, Math.ceil((full ? 60_000_000 : 3_000_000) / size / sizes.length)));
  },
};

function errorRows(size: number, wanted: number): Row[] {
  const sets = Math.min(wanted, 500);
  const errors = Array.from({ length: sets }, (_, set) => estimate(sketchOf(`${size} ${set}`, size)) / size - 1);
  const standard = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / sets) * 100;
  const worst = Math.max(...errors.map(Math.abs)) * 100;
  const what = `${size.toLocaleString("en-US")} distinct ids, standard error`;
  return [
    { what, measured: standard, unit: "%", atMost: AT_MOST_PERCENT, note: `worst of ${sets}: ${worst.toFixed(2)} %` },
  ];
}

function sketchOf(name: string, size: number): Sketch {
  const sketch: Sketch = new Map();
  for (let i = 0; i < size; i++) addTo(sketch, coordinatesOf(`${name} ${i}`));
  return sketch;
}
