/** The whole page: the reader's token, language and colours, and which of the two pages is shown. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { type ApiClient, createClient } from "./ask/client.ts";
import { Header, type HeaderSettings, type Theme } from "./header.tsx";
import { NumbersPage } from "./numbers/numbers-page.tsx";
import { PipelinePage } from "./pipeline/pipeline-page.tsx";
import { readPreference, writePreference } from "./preferences.ts";
import { StageContext } from "./stage.ts";
import { TokenForm } from "./token-form.tsx";
import { useView } from "./use-view.ts";
import { createFormats } from "./words/formats.ts";
import { acceptedTags, type Language, languages, localeFor, pickLanguage } from "./words/language.ts";

export function App() {
  const [token, setToken] = useState(() => readPreference("token"));
  const [isWrong, setWrong] = useState(false);
  const settings = useSettings();
  const changeToken = (next: string | undefined, wrong: boolean) => {
    writePreference("token", next);
    setWrong(wrong);
    setToken(next);
  };
  const client = useMemo(
    () => (token === undefined ? undefined : createClient(token, () => changeToken(undefined, true))),
    [token],
  );
  if (client !== undefined)
    return <Signed client={client} settings={settings} onForget={() => changeToken(undefined, false)} />;
  return (
    <>
      <Header settings={settings} />
      <TokenForm texts={settings.texts} isWrong={isWrong} onToken={(next) => changeToken(next, false)} />
    </>
  );
}

function Signed({ client, settings, onForget }: { client: ApiClient; settings: HeaderSettings; onForget: () => void }) {
  const { view, go } = useView();
  const { texts, language } = settings;
  const stage = useMemo(() => {
    const tags = acceptedTags([navigator.language, ...navigator.languages]);
    const locale = tags[0] ?? language;
    const words = localeFor(language, tags);
    return { locale, language: words, formats: createFormats({ locale, language: words, timezone: "UTC" }) };
  }, [language]);
  return (
    <StageContext.Provider value={{ client, texts, view, go, ...stage }}>
      <Header settings={settings} onForget={onForget} />
      <main id="main" tabIndex={-1}>
        {view.page === "pipeline" ? <PipelinePage /> : <NumbersPage />}
      </main>
    </StageContext.Provider>
  );
}

function useSettings(): HeaderSettings {
  const [language, setLanguage] = useState(() => pickLanguage(readPreference("language"), navigator.languages));
  const [theme, setTheme] = useState<Theme>(() => toTheme(readPreference("theme")));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return {
    texts: languages[language].texts,
    language,
    theme,
    setLanguage: (next: Language) => {
      writePreference("language", next);
      setLanguage(next);
    },
    setTheme: (next: Theme) => {
      writePreference("theme", next);
      setTheme(next);
    },
  };
}

function toTheme(text: string | undefined): Theme {
  return text === "light" || text === "dark" ? text : "auto";
}
