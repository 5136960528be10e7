/** docs/lake.md, taken apart: what its tests and the engines' suite run. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/lake.md"), "utf8");

/** The code in a language (`sql`, `sh`, `python`), each block with its first line as its name. */
export function codeBlocks(language: string): { name: string; code: string }[] {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, code = ""]) => code,
  );
  return blocks.map((code) => ({ name: code.split("\n").find((line) => line !== "") ?? "", code }));
}

/** The languages of all code on the page. */
export function codeLanguages(): string[] {
  return [...page.matchAll(/^```(\S+)$/gm)].map(([, language = ""]) => language);
}

/** Tables of the lake by the headings that name them: column and type of each row, and the partition's key and type. */
export function describedTables(): Record<string, { columns: [string, string][]; partition: string[] }> {
  const sections = page.split(/^### /m).slice(1);
  return Object.fromEntries(
    sections.flatMap((section) => {
      const name = /^`(\w+)`\n/.exec(section)?.[1];
      const columns = [...section.matchAll(/^\| `(\w+)` \| (\S+) \|/gm)].map(
        ([, column = "", type = ""]): [string, string] => [column, type],
      );
      const partition = /^Partition: `(\w+)` \((\w+)\)/m.exec(section)?.slice(1) ?? [];
      return name === undefined ? [] : [[name, { columns, partition }]];
    }),
  );
}

/** The calls of each service that the page says the local port has. */
export function describedCalls(): Record<string, string[]> {
  const section = page.slice(page.indexOf("| service | calls |"));
  const rows = [...section.matchAll(/^\| ([A-Z]\w+(?: \w+)*) \| (.*) \|$/gm)];
  return Object.fromEntries(
    rows.map(([, service = "", calls = ""]) => [service, [...calls.matchAll(/`(\w+)`/g)].map(([, call = ""]) => call)]),
  );
}
