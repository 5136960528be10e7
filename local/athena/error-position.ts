/** Where in a query an error is, as Trino says it: `line 3:8`, both from 1 on. */

/** The place that a message of DuckDB's marks below a line of the query; undefined where it marks none, or none of this query. */
export function markedPlace(message: string, query: string): string | undefined {
  const [, number = "", shown = "", blanks = ""] = /\nLINE (\d+): (.*)\n( *)\^/.exec(message) ?? [];
  if (number === "") return undefined;
  // A long line is shown in part. The text that ran may differ from the query by formats and values, above all in other lines.
  const part = shown.replace(/^\.\.\.|\.\.\.$/g, "");
  const cut = shown.startsWith("...") ? 3 : 0;
  const lines = query.split("\n");
  const same = lines[Number(number) - 1]?.includes(part)
    ? Number(number) - 1
    : lines.findIndex((line) => line.includes(part));
  if (part === "" || same < 0) return undefined;
  const places = blanks.length - `LINE ${number}: `.length - cut;
  const column = (lines[same]?.indexOf(part) ?? 0) + lengthOf(part, places);
  return `line ${same + 1}:${column + 1}`;
}

/** How long the beginning of `text` is that takes so many places on a terminal, as DuckDB counts them for its mark. */
function lengthOf(text: string, before: number): number {
  let [length, taken] = [0, 0];
  for (const character of text) {
    const places = /[\t\p{M}]/u.test(character) ? 0 : wide.test(character) ? 2 : 1;
    if (places > 0 && taken >= before) break;
    taken += places;
    length += character.length;
  }
  return length;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** The place that is `offset` bytes of UTF-8 from the start of a query. */
export function placeAt(offset: number, query: string): string {
  const before = Buffer.from(query).subarray(0, offset).toString().split("\n");
  return `line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
