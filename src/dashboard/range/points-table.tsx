/** The points of a range's chart as a table, newest first, and as a file. */
import { subtract, type Whole } from "../ask/whole.ts";
import type { MetricScope } from "../numbers/metric-view.tsx";
import { DataTable } from "../panel/data-table.tsx";
import { Download } from "../panel/download.tsx";
import { useStage } from "../stage.ts";
import { metricName } from "../words/words.ts";
import type { Point } from "./chart-points.ts";
import type { Span } from "./range.ts";

type Props = Pick<MetricScope, "metric" | "number"> &
  Span & {
    points: readonly Point[];
    nameOf: (point: Point) => string;
  };

export function PointsTable({ metric, number, points, nameOf, from, to }: Props) {
  const { texts } = useStage();
  const name = metricName(texts, metric.name);
  const columns = [texts.day, name, texts.history, texts.realtime, texts.before];
  const tableRow = (point: Point) => {
    return [nameOf(point), ...numbersOf(point).map((value) => (value === undefined ? "" : number.whole(value)))];
  };
  const csvRow = (point: Point) => {
    const numbers = numbersOf(point).map((value) => (value === undefined ? undefined : number.plain(value)));
    return [point.from, point.to, ...numbers];
  };
  return (
    <DataTable summary={texts.asTable} columns={columns} rows={() => points.toReversed().map(tableRow)}>
      <Download
        of={[name, `${from}..${to}`]}
        rows={() => [[texts.from, texts.to, ...columns.slice(1)], ...points.map(csvRow)]}
      />
    </DataTable>
  );
}

function numbersOf({ value, realtime, before, isMixed }: Point): (Whole | undefined)[] {
  if (isMixed) return [value, undefined, undefined, before];
  return [value, subtract(value, realtime), realtime, before];
}
