/** Records `click` on elements marked with `data-daymark-click="target"`, on links to other sites, and on downloads. */
import { recordTarget } from "./record.ts";
import { safely } from "./safely.ts";

const files = /\.(exe|csv|dmg|zip|(xls|hwp|doc|ppt)x?|apk|pdf)$/i;

/** Whether something was clicked in this task. */
let clicking: unknown;

/** `auxclick` is the middle button, which opens links too, and the right button, which does not. */
export const click = safely((event: MouseEvent): void => {
  const clicked = event.composedPath() as HTMLElement[];
  const target =
    clicked.map((element) => element.dataset?.daymarkClick).find((mark) => mark) ||
    (clicked.filter((element) => element.matches?.(":any-link")) as HTMLAnchorElement[]).map(targetOf)[0];
  // A label clicks its field, and a page may click more in turn: that is one act.
  if (target && event.button < 2 && !clicking) {
    clicking = 1;
    setTimeout(() => {
      clicking = 0;
    });
    recordTarget("click", target as string);
  }
});

/**
 * If a link leads to another host or to a file, its address without the query; without the path of an app's, or a file's
 * content. In a drawing, `href` is an object.
 */
const targetOf = (link: HTMLAnchorElement): unknown => {
  const { href, host, pathname } = new window.URL(
    (link.href as unknown as SVGAnimatedString).baseVal ?? link.href,
    link.baseURI,
  );
  return (
    (link.matches("[download]") || files.test(pathname) || (host && host !== location.host)) &&
    (href.match(/http[^?#]*|[^:]+:(\/\/[^/?#]*)?/) as RegExpMatchArray)[0]
  );
};
