/** The view as it appears in the URL, and functions to change both. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { readView, type View, writeView } from "./view.ts";

export function useView(): { view: View; go: (change: Partial<View>) => void } {
  const [view, setView] = useState(() => readView(location.search));
  useEffect(() => {
    const follow = () => setView(readView(location.search));
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const go = useCallback((change: Partial<View>) => {
    const next = { ...readView(location.search), ...change };
    const search = writeView(next);
    if (search !== location.search) history.pushState(null, "", `${location.pathname}${search}${location.hash}`);
    setView(next);
  }, []);
  return { view, go };
}
