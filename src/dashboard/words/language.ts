/** The page's language, and the locale of its numbers. */
import { english, type Texts } from "./texts-en.ts";
import { korean } from "./texts-ko.ts";

export const languages = {
  en: { name: "English", texts: english },
  ko: { name: "한국어", texts: korean },
} satisfies Record<string, { name: string; texts: Texts }>;

export type Language = keyof typeof languages;
export const languageNames = Object.keys(languages).filter(isLanguage);

/** The chosen language, or the first of the browser's that is available. */
export function pickLanguage(chosen: string | undefined, wished: readonly string[]): Language {
  return [chosen ?? "", ...wished.map((tag) => tag.slice(0, 2))].find(isLanguage) ?? "en";
}

/**
 * The reader's own variant of the page's language if the accepted tags contain one: English dates differ between
 * countries.
 */
export function localeFor(language: Language, accepted: readonly string[]): string {
  return accepted.find((tag) => tag.slice(0, 2) === language) ?? language;
}

/**
 * The tags that Intl accepts, in their order. It throws at "en-US@posix" or "C", which a system may pass to its
 * browser.
 */
export function acceptedTags(tags: readonly string[]): string[] {
  return tags.filter((tag) => {
    try {
      return Intl.getCanonicalLocales(tag).length > 0;
    } catch {
      return false;
    }
  });
}

export function isLanguage(text: string): text is Language {
  return Object.hasOwn(languages, text);
}
