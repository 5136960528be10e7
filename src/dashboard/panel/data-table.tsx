/** A chart's numbers as a table, created only when somebody opens it. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Heads } from "./heads.tsx";
import { ScrollArea } from "./scroll-area.tsx";

type Props = {
  summary: string;
  columns: readonly string[];
  /** The first cell of a row names it. */
  rows: () => (readonly string[])[];
  children?: ComponentChildren;
};

export function DataTable({ summary, columns, rows, children }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="data">
      <div class="data-row">
        <button type="button" class="plain" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {summary}
        </button>
        {children}
      </div>
      {isOpen && (
        <ScrollArea aria-label={summary}>
          <table>
            <Heads columns={columns} />
            <tbody>{rows().map(([name = "", ...cells]) => row(name, cells))}</tbody>
          </table>
        </ScrollArea>
      )}
    </div>
  );
}

function row(name: string, cells: readonly string[]) {
  return (
    <tr key={name}>
      <th scope="row">{name}</th>
      {cells.map((cell, i) => (
        <td key={i} class="number">
          {cell}
        </td>
      ))}
    </tr>
  );
}
