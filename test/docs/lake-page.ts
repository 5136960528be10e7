/** docs/lake.md, taken apart into what its tests and the engines' suite run. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/lake.md"), "utf8");

/** The code blocks in a language (`sql`, `sh`, `python`), each named by its first line. */
export function codeBlocks(language: string): { name: string; code: string }[] {
  const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, code = ""]) => code,
  );
  return blocks.map((code) => ({ name: code.split("\n").find((line) => line !== "") ?? "", code }));
}

/** The functions that local SQL has according to the page, in its order. */
export function describedFunctions(): string[] {
  const list = /^Functions: (.*?)\.$/ms.exec(page)?.[1] ?? "";
  return [...list.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
}

/** The languages of all code on the page. */
export function codeLanguages(): string[] {
  return [...page.matchAll(/^```(\S+)$/gm)].map(([, language = ""]) => language);
}

type Described = { columns: [string, string][]; partition: string[] };

/**
 * Tables of the lake by the headings that name them: each row's column and type, and the partition key and its type.
 */
export function describedTables(): Record<string, Described> {
  const tables: Record<string, Described> = {};
  for (const section of page.split(/^### /m).slice(1)) {
    const name = /^`(\w+)`\n/.exec(section)?.[1];
    if (name === undefined) continue;
    const partition = /^Partition: `(\w+)` \((\w+)\)/m.exec(section)?.slice(1) ?? [];
    const same = /^Columns: those of `(\w+)`/m.exec(section)?.[1];
    tables[name] = { columns: same === undefined ? columnsIn(section) : (tables[same]?.columns ?? []), partition };
  }
  return tables;
}

function columnsIn(section: string): [string, string][] {
  const rows = section.matchAll(/^\| `(\w+)` \| (\S+) \|/gm);
  return [...rows].map(([, column = "", type = ""]) => [column, type]);
}

/** The calls of each service that the local port has according to the page. */
export function describedCalls(): Record<string, string[]> {
  const section = page.slice(page.indexOf("| service | calls |"));
  const rows = [...section.matchAll(/^\| ([A-Z]\w+(?: \w+)*) \| (.*) \|$/gm)];
  return Object.fromEntries(
    rows.map(([, service = "", calls = ""]) => [service, [...calls.matchAll(/`(\w+)`/g)].map(([, call = ""]) => call)]),
  );
}
