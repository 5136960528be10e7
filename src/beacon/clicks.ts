/** Records `click` on elements marked with `data-daymark-click="target"`, on links to other sites, and on downloads. */
import { recordTarget } from "./record.ts";
import { safely } from "./safely.ts";

const files = /\.(pdf|zip|dmg|exe|apk|csv|(doc|xls|ppt|hwp)x?)$/i;

/** The timer of a task in which something was clicked. */
let clicking = 0;

/** `auxclick` is the middle button, which opens links too, and the right button, which does not. */
export const click = safely((event: MouseEvent): void => {
  const clicked = event.composedPath() as HTMLElement[];
  const link = clicked.find((element) => element.matches?.(":any-link"));
  const target =
    clicked.map((element) => element.dataset?.daymarkClick).find(Boolean) ||
    (link && targetOf(link as HTMLAnchorElement));
  // A label clicks its field, and a page may click more in turn: that is one act.
  if (target && event.button < 2 && !clicking) {
    clicking = setTimeout(() => {
      clicking = 0;
    });
    recordTarget("click", target as string);
  }
});

/** If a link leads to another host or to a file, its address without the query; without the path of an app's, or a file's content. */
const targetOf = (link: HTMLAnchorElement): unknown => {
  // In a drawing, `href` is an object.
  const address = (link.href as unknown as SVGAnimatedString).baseVal ?? link.href;
  const { href, host, pathname } = new URL(address, link.baseURI);
  return (
    (link.matches("[download]") || files.test(pathname) || (host && host !== location.host)) &&
    (href.match(/http[^?#]*|[^:]+:(\/\/[^/?#]*)?/) as RegExpMatchArray)[0]
  );
};
