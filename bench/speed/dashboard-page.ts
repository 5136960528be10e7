/** How long the dashboard makes a reader wait: until today's number is shown, and until a year by day is drawn. */
import { run } from "../process/child.ts";
import type { Bench } from "../report.ts";
import { median } from "./rounds.ts";

export const dashboardPage: Bench = {
  title: "the dashboard in Chromium, before an API that answers at once",
  async run() {
    const child = run(["test/dashboard/page-times.ts"]);
    if ((await child.ended) !== 0) throw new Error(`Cannot measure the dashboard: ${child.output()}`);
    const { paints, drawings } = JSON.parse(child.output());
    return [
      { what: "first useful paint: today's number", measured: median(paints), unit: "ms", atMost: 500 },
      { what: "a year by day, drawn", measured: median(drawings), unit: "ms", atMost: 50 },
    ];
  },
};
