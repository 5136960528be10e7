/**
 * The language of the person behind an event: the first part of a BCP 47 tag (`ko` of `ko-KR`), because numbers are
 * kept by that.
 */
import { languageTag } from "../../schemas/events/fields.ts";

/** How much of a header is read. Browsers send less. */
const MAX_HEADER = 200;
const weighted = /^([^;]*?)[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * The primary language of a tag, in lower case; undefined if it is not a tag, or does not start with a language
 * (`x-private`).
 */
export function primaryLanguage(text: string): string | undefined {
  return languageTag.exec(text)?.[1]?.toLowerCase();
}

/**
 * The language that an `Accept-Language` header prefers, the first of several equals. Malformed parts are skipped, as
 * are `*` and languages that it refuses (`q=0`).
 * https://www.rfc-editor.org/rfc/rfc9110#field.accept-language
 */
export function preferredLanguage(header: string): string | undefined {
  let best: { language: string; weight: number } | undefined;
  for (const range of partsOf(header)) {
    const [, text = "", q = "1"] = weighted.exec(range.trim()) ?? [];
    const language = primaryLanguage(text);
    const weight = Number(q);
    if (language !== undefined && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language;
}

/** The parts that are complete within what is read of a long header: a truncated `deu` would be another language. */
function partsOf(header: string): string[] {
  const parts = header.slice(0, MAX_HEADER).split(",");
  return header.length > MAX_HEADER && header[MAX_HEADER] !== "," ? parts.slice(0, -1) : parts;
}
