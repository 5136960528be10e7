/** Records `click` on elements marked with `data-daymark-click="target"`, on links to other sites, and on downloads. */
import { record } from "./record.ts";
import { listen } from "./safely.ts";

const marked = "data-daymark-click";

export const watchClicks = (): void => {
  // `auxclick` is the middle button, which opens links too, and the right button, which does not.
  for (const type of ["click", "auxclick"]) listen(type, click);
};

const click = (event: MouseEvent): void => {
  const clicked = event.target as Element;
  const link = clicked.closest<HTMLAnchorElement>("a[href]");
  const target =
    clicked.closest(`[${marked}]`)?.getAttribute(marked) || (link && isWatched(link) && link.origin + link.pathname);
  if (target && event.button < 2) record("click", { target: target.slice(0, 256) });
};

/** Links to mail addresses and the like have no host. */
const isWatched = (link: HTMLAnchorElement): boolean | string =>
  link.matches("[download]") ||
  /\.(pdf|zip|dmg|exe|apk|csv|docx?|xlsx?|pptx?|hwpx?)$/i.test(link.pathname) ||
  (link.host && link.host !== location.host);
