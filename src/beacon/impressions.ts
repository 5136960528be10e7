/**
 * Records `impression` of elements marked with `data-daymark-impression="target"`, once half of one was visible for a
 * second.
 */
import { record } from "./record.ts";
import { safely } from "./safely.ts";

const marked = "data-daymark-impression";

/** For each element, the timer that runs while it is visible; 0 once it has been seen for long enough. */
const timers = new WeakMap<Element, number>();

export const watchImpressions = (): void => {
  const observer = new IntersectionObserver(
    safely((entries: IntersectionObserverEntry[]) => {
      for (const { target: element, isIntersecting } of entries) {
        clearTimeout(timers.get(element));
        if (isIntersecting) timers.set(element, setTimeout(finish, 1000, element));
      }
    }),
    { threshold: 0.5 },
  );
  const finish = (element: Element): void => {
    observer.unobserve(element);
    if (document.hidden) {
      // Nobody sees a hidden page. Once observed again, the element is reported when the page is shown.
      observer.observe(element);
    } else {
      timers.set(element, 0);
      record("impression", { target: element.getAttribute(marked) ?? "" });
    }
  };
  const search = (): void => {
    timer = 0;
    for (const element of document.querySelectorAll(`[${marked}]`))
      if (timers.get(element) !== 0) observer.observe(element);
  };
  let timer = 0;
  // Pages change often; all changes within a moment are searched at once.
  new MutationObserver(() => {
    if (!timer) timer = setTimeout(search, 200);
  }).observe(document, { subtree: true, childList: true });
  search();
};
