/** Text from strangers on its way into SQL, logs and pages: it must stay text. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { metricHistory } from "../../src/athena-queries/metric-history.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { HOUR } from "../../src/metrics/define-metric.ts";
import { readQuestion } from "../../src/query/question.ts";
import { escapeControls } from "../../src/schemas/clean-text.ts";
import { show } from "../../src/schemas/describe-issue.ts";
import { anyText } from "../fixtures/any-text.ts";

const root = resolve(import.meta.dirname, "../..");
const hostile = ["' or 1=1 --", "'; drop table events; --", "?", "\\' or ''='", "/*", "x'); select 1", "％27"];
const questions = catalog.flatMap((metric) =>
  metric.breakdowns
    .filter((breakdown) => breakdown.length > 0)
    .map((breakdown) => ({ metric: metric.name, breakdown })),
);

/** A currency is one of a closed list, so nothing else gets as far as SQL. */
const filter = (dimension: string, value: string): [string, string] =>
  dimension === HOUR ? ["interval", HOUR] : [dimension, dimension === "currency" ? "EUR" : value];

test.each(questions)(
  "whatever a filter of $metric by $breakdown holds reaches Athena as a quoted parameter only",
  ({ metric, breakdown }) => {
    const ask = (value: string) => {
      const filters = breakdown.map((dimension) => filter(dimension, value));
      const query = new URLSearchParams(Object.fromEntries(filters));
      const question = readQuestion({ metric, query: `${query}&from=2026-10-01` }, catalog, "2026-11-22");
      return metricHistory({ ...question, except: [], months: new Set(), sketches: true });
    };
    const plain = ask("plain");
    fc.assert(
      fc.property(fc.constantFrom(...hostile), fc.string(), (evil, more) => {
        const attacked = ask(`${evil}${more.toWellFormed().replaceAll("\0", "")}`.slice(0, 300));
        expect(attacked.text).toBe(plain.text);
        for (const param of attacked.params) expect(param).toMatch(/^'(?:[^']|'')*'$/s);
      }),
      { numRuns: 20 },
    );
  },
);

test.each(hostile)("a filter by the currency %j is refused, and makes no SQL", (currency) => {
  const query = `${new URLSearchParams({ currency })}`;
  expect(() => readQuestion({ metric: "revenue", query }, catalog, "2026-11-22")).toThrow(/currency/);
});

test("a line of the log is one line, without anything that a terminal obeys", () => {
  fc.assert(
    fc.property(anyText(), (text) => {
      const line = escapeControls(JSON.stringify({ message: text }));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
      expect(JSON.parse(line)).toEqual({ message: JSON.parse(JSON.stringify(text)) });
    }),
  );
});

test("what a message shows of an event moves no cursor and turns no text around", () => {
  expect(show("\u009b31m\u202e\r\n\u001b[2J")).toBe('"\\u009b31m\\u202e\\r\\n\\u001b[2J"');
});

test("no page puts text from outside into itself as HTML, or runs it", () => {
  const sinks = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|javascript:/;
  const files = ["dashboard", "demo", "beacon"].flatMap((folder) =>
    readdirSync(join(root, "src", folder)).map((name) => join(root, "src", folder, name)),
  );
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => /\.(tsx?|html)$/.test(file) && sinks.test(readFileSync(file, "utf8")))).toEqual([]);
});
