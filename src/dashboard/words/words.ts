/** Names from the catalog in the page's language; a name that the page does not know is made readable. */
import type { ListedMetric } from "../ask/answers.ts";
import type { Texts } from "./texts-en.ts";

export function metricName(texts: Texts, name: string): string {
  return texts.metrics[name] ?? readable(name);
}

export function metricTitle(texts: Texts, { name, title }: ListedMetric): string {
  return texts.titles[name] ?? title;
}

export function dimensionName(texts: Texts, name: string): string {
  return texts.dimensions[name] ?? readable(name);
}

export function sourceName(texts: Texts, name: string): string {
  return texts.sourceNames[name] ?? readable(name);
}

/**
 * The display name of a dimension's value: a text for an empty one, a name for the code of a country or language, a path
 * as people write it.
 */
export function valueName(
  texts: Texts,
  { dimension, value, language }: { dimension: string; value: string; language: string },
): string {
  if (value === "") return texts.none;
  if (dimension === "country" && /^[A-Z]{2}$/.test(value)) return nameOf(language, "region", value);
  if (dimension === "language" && /^[a-z]{2,3}$/.test(value)) return nameOf(language, "language", value);
  return /(^|_)path$/.test(dimension) ? decoded(value) : value;
}

/** Codes of UTF-8 become their letters. Those of blanks, controls and `%` stay, so that two paths never look the same. */
function decoded(path: string): string {
  return path.replace(/(?:%(?!25)[0-9A-F]{2})+/g, (codes) => {
    try {
      return decodeURI(codes).replace(/[\p{C}\p{Z}]/gu, encodeURI);
    } catch {
      return codes;
    }
  });
}

/** `KRW (South Korean Won)` */
export function currencyName(language: string, code: string): string {
  const name = /^[A-Z]{3}$/.test(code) ? nameOf(language, "currency", code) : code;
  return name === code ? code : `${code} (${name})`;
}

function nameOf(language: string, type: "region" | "language" | "currency", code: string): string {
  return new Intl.DisplayNames(language, { type }).of(code) ?? code;
}

function readable(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
