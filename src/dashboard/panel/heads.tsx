/** The names of a table's columns; those from the index `numbersFrom` on hold numbers. */
export function Heads({ columns, numbersFrom = 1 }: { columns: readonly string[]; numbersFrom?: number }) {
  return (
    <thead>
      <tr>
        {columns.map((column, i) => (
          <th key={column} scope="col" class={i < numbersFrom ? "" : "number"}>
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}
