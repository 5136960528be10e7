/** Code that runs in somebody else's page must never break it: no exception leaves this folder. */

/** `run`, with its exceptions swallowed. */
export const safely =
  <A extends unknown[]>(run: (...args: A) => void) =>
  (...args: A): void => {
    try {
      run(...args);
    } catch {
      // There is nobody to tell: the page's own error handlers would take it for an error of the page.
    }
  };

/** Listens safely, on the window and before the page, whose own listeners may stop an event's propagation. */
export const listen = <E extends Event>(type: string, run: (event: E) => void): void =>
  addEventListener(type, safely(run) as EventListener, true);
