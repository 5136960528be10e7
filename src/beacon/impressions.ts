/**
 * Records `impression` of elements marked with `data-daymark-impression="target"`, once half of one was visible for a
 * second. Elements come, and get marks and shadow roots, in ways of which not all are told, so they are looked for twice
 * a second.
 */
import { recordTarget } from "./record.ts";
import { safely } from "./safely.ts";

/** Since when an element has been visible with a mark: 0 once that was recorded. A property is shorter than a map. */
type Marked = HTMLElement & { daymark?: Record<string, number | undefined> };

export const search = (root: ParentNode, observer: IntersectionObserver): void => {
  for (const element of root.querySelectorAll<HTMLElement>("*")) {
    if (element.shadowRoot) search(element.shadowRoot, observer);
    if (element.dataset?.daymarkImpression) observer.observe(element);
  }
};

export const see = safely(
  (entries: (IntersectionObserverEntry & { target: Marked })[], observer: IntersectionObserver): void => {
    observer.disconnect();
    for (const { target: element, time, intersectionRect: part, boundingClientRect: whole } of entries) {
      const mark = element.dataset.daymarkImpression as string;
      // biome-ignore lint/suspicious/noAssignInExpressions: it is shorter
      const seen = (element.daymark ??= {});
      if (seen[mark] === 0) continue;
      // Half of as much of it as fits into the window; nothing is half of nothing.
      seen[mark] =
        (part.width * part.height * 2) / Math.min(whole.width, innerWidth) / Math.min(whole.height, innerHeight) >= 1 &&
        element.checkVisibility?.({ checkOpacity: true, checkVisibilityCSS: true }) !== false
          ? seen[mark] || time
          : undefined;
      // What was seen at three looks was seen for a second, give or take a frame.
      if (time - (seen[mark] as number) > 950) {
        seen[mark] = 0;
        recordTarget("impression", mark);
      }
    }
  },
) as IntersectionObserverCallback;
