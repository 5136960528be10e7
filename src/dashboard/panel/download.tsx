/** The button that saves a table as a CSV file. */

import { useStage } from "../stage.ts";
import { type CsvCell, csvName, toCsv } from "./csv.ts";

type Props = {
  /** The table's subject, for the file's name and for a screen reader. */
  of: readonly string[];
  /** The rows, the first with the names of the columns; called when the button is pressed. */
  rows: () => (readonly CsvCell[])[] | Promise<(readonly CsvCell[])[]>;
};

export function Download({ of, rows }: Props) {
  const { texts } = useStage();
  const save = async () => saveFile(csvName(of), toCsv(await rows()));
  return (
    <button
      type="button"
      class="plain"
      aria-label={texts.downloadOf(of.join(", "))}
      onClick={() => void save().catch(() => {})}
    >
      {texts.download}
    </button>
  );
}

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // A browser may start reading only after this task.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
