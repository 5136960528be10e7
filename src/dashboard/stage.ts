/** What every component may need: the connection, the words, the formats, and the view with functions to change it. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ApiClient } from "./ask/client.ts";
import type { View } from "./view.ts";
import type { Formats } from "./words/formats.ts";
import type { Texts } from "./words/texts-en.ts";

export type Stage = {
  client: ApiClient;
  texts: Texts;
  /** BCP 47 tags: of the page's words, and of the reader's numbers. */
  language: string;
  locale: string;
  formats: Formats;
  view: View;
  /** Changes the view, and the URL with it. */
  go: (change: Partial<View>) => void;
};

export const StageContext = createContext<Stage | undefined>(undefined);

export function useStage(): Stage {
  const stage = useContext(StageContext);
  if (stage === undefined) throw new Error("Cannot render: no stage around this component");
  return stage;
}
