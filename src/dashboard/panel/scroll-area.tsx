/** What may be wider or longer than its panel: it scrolls, and can be reached without a mouse. */
import type { ComponentChildren } from "preact";

type Label = { "aria-label": string } | { "aria-labelledby": string };

export function ScrollArea({ isWide = false, children, ...label }: Label & Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable without a mouse
    <section class={isWide ? "scroll wide" : "scroll"} tabIndex={0} {...label}>
      {children}
    </section>
  );
}

type Props = { isWide?: boolean; children: ComponentChildren };
