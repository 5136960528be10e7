/** A pause that does not keep the process alive, and that can be ended early. */
export function createPause() {
  let wake: (() => void) | undefined;
  return {
    sleep(ms: number): Promise<void> {
      return new Promise((resolve) => {
        const end = setTimeout(done, ms);
        end.unref();
        function done(): void {
          clearTimeout(end);
          wake = undefined;
          resolve();
        }
        wake = done;
      });
    },
    wake: (): void => wake?.(),
  };
}
