/** Which language the page is in, and which locale its numbers have. */
import { english, type Texts } from "./texts-en.ts";
import { korean } from "./texts-ko.ts";

export const languages = {
  en: { name: "English", texts: english },
  ko: { name: "한국어", texts: korean },
} satisfies Record<string, { name: string; texts: Texts }>;

export type Language = keyof typeof languages;
export const languageNames = Object.keys(languages).filter(isLanguage);

/** The chosen language, else the first of the browser's that there is. */
export function pickLanguage(chosen: string | undefined, wished: readonly string[]): Language {
  return [chosen ?? "", ...wished.map((tag) => tag.slice(0, 2))].find(isLanguage) ?? "en";
}

/** The reader's own variant of the page's language where the accepted tags have one, as English days differ by country. */
export function localeFor(language: Language, accepted: readonly string[]): string {
  return accepted.find((tag) => tag.slice(0, 2) === language) ?? language;
}

/** The tags that Intl takes, in their order. It throws at "en-US@posix" or "C", which a system may hand to its browser. */
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
