/** Code that runs in somebody else's page must never break it: no exception leaves this folder. */

let words = 0;

/** One word on the console for all that goes wrong: a page that does it wrong does it wrong every time. */
export const warn = (...what: unknown[]): void => {
  words++ || console.warn?.("Daymark", ...what);
};

/** `run`, with its exceptions swallowed: the page's own error handlers would take them for errors of the page. */
export const safely =
  <A extends unknown[]>(run: (...args: A) => void) =>
  (...args: A): void => {
    try {
      run(...args);
    } catch (error) {
      warn(error);
    }
  };
