/** What runs in somebody else's page must never break it: no exception of ours leaves this folder. */

/** `run`, with its exceptions swallowed. */
export const safely =
  <A extends unknown[]>(run: (...args: A) => void) =>
  (...args: A): void => {
    try {
      run(...args);
    } catch {
      // There is nobody to tell: the page's own error handlers would take it for the page's error.
    }
  };

/** Listens safely, to the window and before the page does, which may stop an event from going further. */
export const listen = <E extends Event>(type: string, run: (event: E) => void): void =>
  addEventListener(type, safely(run) as EventListener, true);
