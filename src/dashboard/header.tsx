/** The header: the page's name, links to the two pages, language and colours, and whether the server is away. */
import { useContext } from "preact/hooks";
import { Away } from "./away.tsx";
import { StageContext } from "./stage.ts";
import type { View } from "./view.ts";
import { writeView } from "./view.ts";
import { isLanguage, type Language, languageNames, languages } from "./words/language.ts";
import type { Texts } from "./words/texts-en.ts";

export type Theme = "auto" | "light" | "dark";
export type HeaderSettings = {
  texts: Texts;
  language: Language;
  theme: Theme;
  setLanguage: (language: Language) => void;
  setTheme: (theme: Theme) => void;
};

const themes: readonly Theme[] = ["auto", "light", "dark"];

export function Header({ settings, onForget }: { settings: HeaderSettings; onForget?: () => void }) {
  const { texts, language, theme, setLanguage, setTheme } = settings;
  const stage = useContext(StageContext);
  return (
    <>
      <a class="skip" href="#main">
        {texts.skip}
      </a>
      <header class="head">
        <span class="brand">
          <Mark />
          {texts.product}
        </span>
        {stage && stage.client.locked === undefined && <Pages view={stage.view} texts={texts} go={stage.go} />}
        <div class="settings">
          <select
            aria-label={texts.language}
            value={language}
            onChange={({ currentTarget: { value } }) => isLanguage(value) && setLanguage(value)}
          >
            {languageNames.map((name) => (
              <option key={name} value={name} lang={name}>
                {languages[name].name}
              </option>
            ))}
          </select>
          <select
            aria-label={texts.theme}
            value={theme}
            onChange={({ currentTarget: { value } }) => setTheme(themes.find((one) => one === value) ?? "auto")}
          >
            {themes.map((name) => (
              <option key={name} value={name}>
                {texts.themes[name]}
              </option>
            ))}
          </select>
          {onForget && (
            <button type="button" class="plain" onClick={onForget}>
              {texts.forget}
            </button>
          )}
        </div>
      </header>
      {stage && <Away />}
    </>
  );
}

function Pages({ view, texts, go }: { view: View; texts: Texts; go: (change: Partial<View>) => void }) {
  const pages = ["numbers", "pipeline"] as const;
  return (
    <nav>
      {pages.map((page) => (
        <a
          key={page}
          href={writeView({ ...view, page }) || "?"}
          aria-current={view.page === page ? "page" : undefined}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            go({ page });
          }}
        >
          {texts.pages[page]}
        </a>
      ))}
    </nav>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 20 22" width="20" height="22" aria-hidden="true">
      <path class="mark-top" d="M10 0 19 14H1z" />
      <path class="mark-post" d="M8 14h4v8H8z" />
    </svg>
  );
}
