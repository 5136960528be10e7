/** The whole page: who reads, in which language and colours, and which of the two pages is shown. */
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { type ApiClient, createClient } from "./ask/client.ts";
import { linkIn, signOut } from "./ask/session.ts";
import { Header, type HeaderSettings, type Theme } from "./header.tsx";
import { NumbersPage } from "./numbers/numbers-page.tsx";
import { Message } from "./panel/message.tsx";
import { PipelinePage } from "./pipeline/pipeline-page.tsx";
import { readPreference, writePreference } from "./preferences.ts";
import { StageContext } from "./stage.ts";
import { TokenForm } from "./token-form.tsx";
import { useView } from "./use-view.ts";
import { createFormats } from "./words/formats.ts";
import { acceptedTags, type Language, languages, localeFor, pickLanguage } from "./words/language.ts";

export function App() {
  const [link] = useState(() => linkIn(location));
  // No script can read the cookie, so this only says whether to try; whether it goes on shows at the first question.
  const [isRefused, setNote] = useState(() => link === undefined && readPreference("signed") === undefined);
  const setRefused = useCallback((isOut: boolean) => {
    if (link === undefined) writePreference("signed", isOut ? undefined : "yes");
    setNote(isOut);
  }, []);
  const settings = useSettings();
  const client = useMemo(() => (isRefused ? undefined : createClient(link, () => setRefused(true))), [link, isRefused]);
  const forget = useCallback(() => void signOut().then(() => setRefused(true)), []);
  if (client !== undefined)
    return <Signed client={client} settings={settings} {...(link === undefined && { onForget: forget })} />;
  return (
    <>
      <Header settings={settings} />
      {link === undefined ? (
        <TokenForm texts={settings.texts} onSigned={() => setRefused(false)} />
      ) : (
        <main id="main" tabIndex={-1}>
          <Message title={settings.texts.linkEnded} />
        </main>
      )}
    </>
  );
}

type SignedProps = { client: ApiClient; settings: HeaderSettings; onForget?: () => void };

function Signed({ client, settings, onForget }: SignedProps) {
  const { view: chosen, go } = useView();
  const view = useMemo(
    () => ({ ...chosen, filters: { ...chosen.filters, ...client.locked } }),
    [chosen, client.locked],
  );
  const { texts, language } = settings;
  const stage = useMemo(() => {
    const tags = acceptedTags([navigator.language, ...navigator.languages]);
    const locale = tags[0] ?? language;
    const words = localeFor(language, tags);
    return { locale, language: words, formats: createFormats({ locale, language: words, timezone: "UTC" }) };
  }, [language]);
  return (
    <StageContext.Provider value={{ client, texts, view, go, ...stage }}>
      <Header settings={settings} {...(onForget && { onForget })} />
      <main id="main" tabIndex={-1}>
        {view.page === "pipeline" && client.locked === undefined ? <PipelinePage /> : <NumbersPage />}
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
