/** The value of a filter in the spelling in which collect stores it. */
import { fitsParameter, LONGEST_PARAMETER } from "../athena-queries/sql.ts";
import type { Dimension } from "../metrics/define-metric.ts";
import { escapeValue } from "../metrics/key.ts";
import { hostName, writtenPathName } from "../schemas/address-names.ts";
import { isCurrency } from "../schemas/currency.ts";

/** The value as it is stored, or what is wrong with it. An empty one is that of events without any. */
export function filterValue(dimension: Dimension, written: string): { value: string } | { wrong: string } {
  if (dimension === "currency" && written !== "" && !isCurrency(written))
    return { wrong: `currency "${written.slice(0, 100)}" is no currency of ISO 4217, such as KRW or USD` };
  const value = spellings[dimension]?.(written) ?? written;
  if (fitsParameter(escapeValue(value))) return { value };
  return {
    wrong: `the value of ${dimension} is too long for a filter (about ${LONGEST_PARAMETER} characters), or no text`,
  };
}

const spellings: { readonly [D in Dimension]?: (written: string) => string } = {
  path,
  entry_path: path,
  previous_path: path,
  host,
  referrer_host: host,
  currency: (code) => code.toUpperCase(),
};

function path(written: string): string {
  return written.startsWith("/") ? writtenPathName(written) : written;
}

/** Of other letters than ASCII's, as DNS has them. Capitals stay: screens of apps have them (`myapp://Home`). */
function host(written: string): string {
  const isPlain = /^[\0-\x7f]*$/.test(written);
  return hostName((isPlain ? undefined : URL.parse(`http://${written}`)?.host) ?? written);
}
